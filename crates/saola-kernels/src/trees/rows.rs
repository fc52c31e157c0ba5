//! The list of rows, in which those of each node lie together.

use super::Rule;
use super::ahead::{AHEAD, ask};
use crate::pool::{self, Parts};

/// The most rows of a piece that one thread works on.
pub(super) const PIECE: usize = 8192;

/// A stretch of the list inside of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) node: usize,
    from: usize,
    len: usize,
    /// How many of its rows go to the left.
    lefts: usize,
    /// Where these go.
    left_at: usize,
    /// Where the others go.
    right_at: usize,
}

/// How many numbers a piece is kept as.
pub(super) const NUMBERS: usize = 6;

impl Piece {
    pub(super) fn of(numbers: &[i32; NUMBERS]) -> Piece {
        let [node, from, len, lefts, left_at, right_at] = numbers.map(|n| n as usize);
        Piece { node, from, len, lefts, left_at, right_at }
    }

    fn numbers(self) -> [i32; NUMBERS] {
        [self.node, self.from, self.len, self.lefts, self.left_at, self.right_at].map(|n| n as i32)
    }

    pub(super) fn rows<'a>(&self, list: &'a [i32]) -> &'a [i32] {
        &list[self.from..self.from + self.len]
    }
}

/// How many pieces a list of `rows` has at most, in `nodes` nodes.
pub(super) const fn most_pieces(rows: usize, nodes: usize, most: usize) -> usize {
    rows / most + nodes
}

/// Cuts the stretches `(node, from, len)` into pieces of `most` rows; how many there are.
pub(super) fn cut(
    out: &mut [[i32; NUMBERS]],
    stretches: impl Iterator<Item = (usize, usize, usize)>,
    most: usize,
) -> usize {
    let mut count = 0;
    for (node, from, len) in stretches {
        for start in (0..len).step_by(most) {
            let len = (len - start).min(most);
            out[count] = Piece { node, from: from + start, len, lefts: 0, left_at: 0, right_at: 0 }.numbers();
            count += 1;
        }
    }
    count
}

/// Sends the rows of each node to its sides, in their order: those of the left are before those of the right. `split(node)`
/// gives the node's feature and rule; `take(node, n)` is told how many rows went to the left. `moved` is working memory of
/// twice the list's length.
pub(super) fn partition(
    list: &mut [i32],
    moved: &mut [i32],
    pieces: &mut [[i32; NUMBERS]],
    (bins, features): (&[u8], usize),
    split: impl Fn(usize) -> (usize, Rule) + Sync,
    take: impl FnMut(usize, usize),
) {
    assert!(moved.len() == 2 * list.len(), "working memory of another length");
    let time = 2 * list.len() as u64;
    let out = Parts(moved.as_mut_ptr());
    let rows = &*list;
    pool::run_mut(pieces, 1, time, |_, numbers| {
        let mut piece = Piece::of(&numbers[0]);
        let own = piece.rows(rows);
        // SAFETY: pieces are disjoint stretches of the list, `own` shows that this one lies inside of it, and `moved` is
        // twice as long.
        let out = unsafe { std::slice::from_raw_parts_mut(out.at(2 * piece.from), 2 * own.len()) };
        let (feature, rule) = split(piece.node);
        let place = |row: i32| row as usize * features + feature;
        piece.lefts = divide(own, out, bins, place, &rule.table());
        numbers[0] = piece.numbers();
    });
    give_places(pieces, take);
    let (len, moved) = (list.len(), &*moved);
    let out = Parts(list.as_mut_ptr());
    pool::run(pieces.len(), time / 2, |i| {
        let Piece { from, len: n, lefts, left_at, right_at, .. } = Piece::of(&pieces[i]);
        let part = &moved[2 * from..2 * (from + n)];
        assert!(left_at + lefts <= len && right_at + n - lefts <= len, "places outside of the list");
        // SAFETY: inside of the list, as was just seen. `give_places` gave the left rows of a node's pieces places one
        // behind the other from the node's first on, and the right ones those behind, as many as the node has rows.
        unsafe {
            std::slice::from_raw_parts_mut(out.at(left_at), lefts).copy_from_slice(&part[..lefts]);
            std::slice::from_raw_parts_mut(out.at(right_at), n - lefts)
                .copy_from_slice(&part[n..2 * n - lefts]);
        }
    });
}

/// Where the rows of each piece go, from how many go to the left. The pieces of a node are one behind the other.
fn give_places(pieces: &mut [[i32; NUMBERS]], mut take: impl FnMut(usize, usize)) {
    for own in pieces.chunk_by_mut(|a, b| a[0] == b[0]) {
        let all: usize = own.iter().map(|p| Piece::of(p).lefts).sum();
        let first = Piece::of(&own[0]);
        let (mut left_at, mut right_at) = (first.from, first.from + all);
        for numbers in own {
            let piece = Piece::of(numbers);
            *numbers = Piece { left_at, right_at, ..piece }.numbers();
            left_at += piece.lefts;
            right_at += piece.len - piece.lefts;
        }
        take(first.node, all);
    }
}

/// The rows that go to the left at the front of `out`, the others from its middle on; how many go to the left. `place` is
/// where a row's bin is.
fn divide(
    rows: &[i32],
    out: &mut [i32],
    bins: &[u8],
    place: impl Fn(i32) -> usize,
    table: &[bool; 256],
) -> usize {
    let (lefts, rights) = out.split_at_mut(rows.len());
    let (mut l, mut r) = (0, 0);
    // Both are written, and one of them counts: a branch here would be guessed wrong half of the time.
    for (i, &row) in rows.iter().enumerate() {
        if let Some(&later) = rows.get(i + AHEAD) {
            ask(bins, place(later));
        }
        let goes = table[usize::from(bins[place(row)])];
        lefts[l] = row;
        rights[r] = row;
        l += usize::from(goes);
        r += usize::from(!goes);
    }
    l
}

/// Adds to `out[row·width + at]` what `value(node)(row)` says, for each row of the pieces. `list` holds each row once.
pub(super) fn add<F: Fn(usize) -> f32>(
    out: &mut [f32],
    (width, at): (usize, usize),
    list: &[i32],
    pieces: &[[i32; NUMBERS]],
    value: impl Fn(usize) -> F + Sync,
) {
    let (len, total) = (out.len(), list.len() as u64);
    let out = Parts(out.as_mut_ptr());
    pool::run(pieces.len(), 2 * total, |i| {
        let piece = Piece::of(&pieces[i]);
        let value = value(piece.node);
        for &row in piece.rows(list) {
            let place = row as usize * width + at;
            assert!(place < len, "a row that is not there");
            // SAFETY: the place is inside of `out`; pieces are disjoint, and a row is in the list once, so no other
            // thread has this place.
            unsafe { *out.at(place) += value(row as usize) };
        }
    });
}
