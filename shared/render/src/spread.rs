//! Places along one line: each where it wishes to be, none closer to the next than it may.

/// Moves places so that each keeps its distance from the one before, with the least sum of squared moves, weighted.
///
/// `wished` are the places in their order, `offsets` the sums of the distances they must keep, from 0, `weights` how much each
/// place insists on its wish. This is isotonic regression by pooling adjacent violators
/// (<https://doi.org/10.18637/jss.v032.i05>).
pub(crate) fn spread(wished: &[f64], offsets: &[f64], weights: &[f64]) -> Vec<f64> {
    // Blocks of neighbours that touch: their common place, their weight, how many they are.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(wished.len());
    for ((wish, offset), weight) in wished.iter().zip(offsets).zip(weights) {
        let mut block = (wish - offset, *weight, 1);
        while let Some((place, weight, count)) = blocks.last().copied().filter(|last| last.0 > block.0) {
            blocks.pop();
            block = ((place * weight + block.0 * block.1) / (weight + block.1), weight + block.1, count + block.2);
        }
        blocks.push(block);
    }
    let places = blocks.into_iter().flat_map(|(place, _, count)| std::iter::repeat_n(place, count));
    places.zip(offsets).map(|(place, offset)| place + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_with_room_stay() {
        assert_eq!(spread(&[1.0, 5.0], &[0.0, 2.0], &[1.0, 1.0]), [1.0, 5.0]);
    }

    #[test]
    fn places_too_close_share_the_move() {
        assert_eq!(spread(&[1.0, 1.0, 1.0], &[0.0, 2.0, 4.0], &[1.0; 3]), [-1.0, 1.0, 3.0]);
        assert_eq!(spread(&[0.0, 0.0], &[0.0, 4.0], &[3.0, 1.0]), [-1.0, 3.0]);
    }
}
