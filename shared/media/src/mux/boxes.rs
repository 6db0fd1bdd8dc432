//! The boxes of which an MP4 is made: a length, four letters and what they hold (ISO/IEC 14496-12, 4.2).

/// A box.
pub(super) fn boxed<P: AsRef<[u8]>>(kind: &[u8; 4], parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    let mut whole = vec![0; 4];
    whole.extend_from_slice(kind);
    for part in parts {
        whole.extend_from_slice(part.as_ref());
    }
    let length = number(whole.len());
    whole[..4].copy_from_slice(&length);
    whole
}

/// A box of version 0 with flags.
pub(super) fn versioned<P: AsRef<[u8]>>(kind: &[u8; 4], flags: u32, parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    let mut content = flags.to_be_bytes().to_vec();
    for part in parts {
        content.extend_from_slice(part.as_ref());
    }
    boxed(kind, [content])
}

/// A box of version 0 with a counted list of numbers, so many in each entry.
pub(super) fn listed<const N: usize>(kind: &[u8; 4], entries: &[[u32; N]]) -> Vec<u8> {
    let numbers = entries.iter().flatten().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    versioned(kind, 0, [number(entries.len()).as_slice(), &numbers])
}

/// A number of four bytes. What is larger was refused before: see [`crate::MediaError::TooLarge`].
pub(super) fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

/// Where a track is shown: as it is, so many pixels below the top.
pub(super) fn matrix(down: u32) -> Vec<u8> {
    const ONE: u32 = 0x1_0000;
    let rows = [[ONE, 0, 0], [0, ONE, 0], [0, down * ONE, 0x4000_0000]];
    rows.iter().flatten().flat_map(|field| field.to_be_bytes()).collect()
}
