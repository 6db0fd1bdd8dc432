//! TeX sets its name with an E below the base line, and LaTeX with a small A above it. Puts both back, so that the names are
//! read as they are typed.

use super::device::Letter;

/// How far apart two letters of a logo stand at most, in font sizes: they are kerned to overlap.
const NEAR: f32 = 0.5;

/// Puts the letters of TeX's logos on the base line, in the case in which people type them. Takes and leaves the letters sorted
/// by x.
pub(crate) fn straighten(letters: &mut [Letter]) {
    for at in 0..letters.len() {
        let letter = letters[at];
        let (before, behind) = (neighbours(letters, at, -1), neighbours(letters, at, 1));
        match letter.character {
            'E' => {
                let is_lowered = |other: &Letter| (0.12..0.4).contains(&((letter.y - other.y) / letter.size));
                let t = before.iter().copied().find(|&other| letters[other].character == 'T' && is_lowered(&letters[other]));
                let x = behind.iter().copied().find(|&other| letters[other].character == 'X' && is_lowered(&letters[other]));
                if let (Some(t), Some(_)) = (t, x) {
                    letters[at] = Letter { character: 'e', y: letters[t].y, ..letter };
                }
            }
            'A' => {
                let is_raised =
                    |other: &Letter| letter.size < 0.9 * other.size && (0.08..0.5).contains(&((other.y - letter.y) / other.size));
                let l = before.iter().copied().find(|&other| letters[other].character == 'L' && is_raised(&letters[other]));
                let t = behind.iter().copied().find(|&other| letters[other].character == 'T' && is_raised(&letters[other]));
                if let (Some(l), Some(_)) = (l, t) {
                    letters[at] = Letter { character: 'a', y: letters[l].y, size: letters[l].size, ..letter };
                }
            }
            _ => {}
        }
    }
}

/// The letters close to one on one side. The letters come sorted by x, so only a few have to be looked at.
fn neighbours(letters: &[Letter], at: usize, side: isize) -> Vec<usize> {
    let letter = letters[at];
    let reach = 2.0 * letter.size;
    let is_near = |&other: &usize| {
        let other = letters[other];
        let gap = if side < 0 { letter.x - (other.x + other.width) } else { other.x - (letter.x + letter.width) };
        gap.abs() <= NEAR * other.size && (other.y - letter.y).abs() <= 0.5 * other.size
    };
    if side < 0 {
        (0..at).rev().take_while(|&other| letter.x - letters[other].x <= reach).filter(is_near).collect()
    } else {
        (at + 1..letters.len()).take_while(|&other| letters[other].x - letter.x <= reach).filter(is_near).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(character: char, x: f32, y: f32, size: f32) -> Letter {
        Letter { character, x, y, size, width: 0.7 * size, spaced: false, face: super::super::fonts::Face::default() }
    }

    fn read(letters: &[Letter]) -> String {
        let mut letters = letters.to_vec();
        straighten(&mut letters);
        assert!(letters.iter().all(|letter| letter.y == 100.0 || letter.character.is_ascii_uppercase()));
        letters.iter().map(|letter| letter.character).collect()
    }

    #[test]
    fn the_logos_of_tex_are_read_as_they_are_typed() {
        let tex = [letter('T', 50.0, 100.0, 10.0), letter('E', 55.3, 102.2, 10.0), letter('X', 61.0, 100.0, 10.0)];
        assert_eq!(read(&tex), "TeX");
        let latex = [letter('L', 42.0, 100.0, 10.0), letter('A', 45.5, 98.0, 7.0)];
        assert_eq!(read(&[&latex[..], &tex[..]].concat()), "LaTeX");
    }

    #[test]
    fn other_lowered_letters_stay_where_they_are() {
        let energy = [letter('T', 50.0, 100.0, 10.0), letter('E', 57.0, 102.2, 7.0), letter('Y', 62.0, 100.0, 10.0)];
        assert_eq!(read(&energy), "TEY");
        let word = [letter('T', 50.0, 100.0, 10.0), letter('E', 57.0, 100.0, 10.0), letter('X', 64.0, 100.0, 10.0)];
        assert_eq!(read(&word), "TEX");
    }
}
