//! A tree from rows that are all there. See the [module](super).

use std::ops::Range;

use super::histogram::{self, FEATURE};
use super::rows::{self, NUMBERS, PIECE, Piece, most_pieces};
use super::split::{Search, without};
use super::{Feature, Forest, Pruning, Rule, Settings, Tree, nodes};
use crate::pool;

/// How much memory the histograms of one level may take, in numbers.
const KEPT: usize = 8 << 20;

/// A side with less than this part of the root's H has no rows.
pub(super) const EMPTY: f64 = 1e-12;

/// How trees of some depth grow from some number of rows, with what that takes.
#[derive(Clone, Debug)]
pub struct Growth {
    rows: usize,
    features: Vec<Feature>,
    depth: usize,
    outputs: usize,
    settings: Settings,
    /// The numbers in the histograms of one node.
    width: usize,
    /// How many nodes' histograms are kept.
    slots: usize,
    /// The most rows that one thread counts at a time.
    part: usize,
}

/// What trees grow from.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// `[rows, features]`.
    pub bins: &'a [u8],
    /// The loss's first derivatives, `[rows, outputs]`.
    pub g: &'a [f32],
    /// The loss's second derivatives, `[rows, outputs]`.
    pub h: &'a [f32],
}

/// Working memory, as long as [`Growth::scratch`] says.
#[derive(Debug)]
pub struct Scratch<'a> {
    /// Pairs of g and h.
    pub pairs: &'a mut [f32],
    /// Lists of rows and of pieces.
    pub lists: &'a mut [i32],
    /// Histograms and sums.
    pub sums: &'a mut [f64],
}

/// A node while its tree grows.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Its rows in the list.
    from: usize,
    len: usize,
    sums: [f64; 2],
    /// Where its histograms are among those of its level.
    slot: usize,
    /// Its parts among those that are counted.
    first: usize,
    parts: usize,
    /// Whether its rows have gone on to its children.
    passed: bool,
}

/// How many numbers a node is kept as, and a split.
const RECORD: usize = 8;

impl Node {
    fn of(r: &[f64; RECORD]) -> Node {
        let [from, len, slot, first, parts] = [r[0], r[1], r[4], r[5], r[6]].map(|x| x as usize);
        Node { from, len, sums: [r[2], r[3]], slot, first, parts, passed: r[7] != 0.0 }
    }

    fn record(self) -> [f64; RECORD] {
        let [from, len, slot, first, parts] =
            [self.from, self.len, self.slot, self.first, self.parts].map(|n| n as f64);
        [from, len, self.sums[0], self.sums[1], slot, first, parts, f64::from(u8::from(self.passed))]
    }
}

/// The working memory, cut up.
struct Room<'a> {
    pairs: &'a mut [[f32; 2]],
    list: &'a mut [i32],
    moved: &'a mut [i32],
    pieces: &'a mut [[i32; NUMBERS]],
    /// The nodes of a level that may split.
    active: &'a mut [i32],
    nodes: &'a mut [[f64; RECORD]],
    found: &'a mut [[f64; RECORD]],
    /// The histograms of the level, those of the level above, and parts of them.
    own: &'a mut [f64],
    above: &'a mut [f64],
    parts: &'a mut [f64],
}

impl Growth {
    /// Trees of `depth` for `outputs` outputs.
    pub fn new(
        rows: usize,
        features: &[Feature],
        depth: usize,
        outputs: usize,
        settings: Settings,
    ) -> Growth {
        let width = features.len() * FEATURE;
        let slots = (KEPT / width.max(1)).clamp(2, 1 << depth.saturating_sub(1).max(1));
        // Parts have histograms of their own, and wide ones leave room for few.
        let part = rows.div_ceil((KEPT / width.max(1)).clamp(1, 32)).max(PIECE);
        Growth { rows, features: features.to_vec(), depth, outputs, settings, width, slots, part }
    }

    fn parts(&self) -> usize {
        most_pieces(self.rows, self.slots, self.part)
    }

    fn pieces(&self) -> usize {
        most_pieces(self.rows, 1 << self.depth, PIECE).max(self.parts())
    }

    /// How much working memory it takes: `f32`, `i32` and `f64` numbers.
    pub fn scratch(&self) -> [usize; 3] {
        let lists = 3 * self.rows + self.pieces() * NUMBERS + (1 << self.depth);
        let records = (nodes(self.depth) + (1 << self.depth)) * RECORD;
        [2 * self.rows, lists, records + (2 * self.slots + self.parts()) * self.width]
    }

    fn room<'a>(&self, scratch: Scratch<'a>) -> Room<'a> {
        let Scratch { pairs, lists, sums } = scratch;
        assert!(self.scratch() == [pairs.len(), lists.len(), sums.len()], "working memory of another length");
        let (list, lists) = lists.split_at_mut(self.rows);
        let (moved, lists) = lists.split_at_mut(2 * self.rows);
        let (pieces, active) = lists.split_at_mut(self.pieces() * NUMBERS);
        let (records, sums) = sums.split_at_mut((nodes(self.depth) + (1 << self.depth)) * RECORD);
        let (records, found) = records.split_at_mut(nodes(self.depth) * RECORD);
        let (own, sums) = sums.split_at_mut(self.slots * self.width);
        let (above, parts) = sums.split_at_mut(self.slots * self.width);
        Room {
            pairs: pairs.as_chunks_mut().0,
            list,
            moved,
            pieces: pieces.as_chunks_mut().0,
            active,
            nodes: records.as_chunks_mut().0,
            found: found.as_chunks_mut().0,
            own,
            above,
            parts,
        }
    }

    /// Grows tree number `index` of each output into `forest`, `[trees, outputs, nodes]`, and adds what it says to
    /// `logits`, `[rows, outputs]`.
    pub fn trees(
        &self,
        data: Data<'_>,
        index: usize,
        forest: &mut Forest<'_>,
        logits: &mut [f32],
        scratch: Scratch<'_>,
    ) {
        let (n, k) = (self.rows, self.outputs);
        assert!(data.bins.len() == n * self.features.len(), "bins of other extents");
        assert!(
            data.g.len() == n * k && data.h.len() == n * k && logits.len() == n * k,
            "rows of other extents"
        );
        let mut room = self.room(scratch);
        for output in 0..k {
            let mut tree = forest.tree(index * k + output, nodes(self.depth));
            self.begin(data, output, &mut room);
            self.tree(data.bins, &mut tree, &mut room);
            self.apply(data.bins, &tree, &mut room, logits, output);
        }
    }

    /// All rows in the root.
    fn begin(&self, data: Data<'_>, output: usize, room: &mut Room<'_>) {
        let (k, time) = (self.outputs, self.rows as u64);
        pool::run_mut(room.pairs, PIECE, time, |i, part| {
            let first = i * PIECE;
            for (j, pair) in part.iter_mut().enumerate() {
                let at = (first + j) * k + output;
                *pair = [data.g[at], data.h[at]];
            }
        });
        pool::run_mut(room.list, PIECE, time / 2, |i, part| {
            part.iter_mut().enumerate().for_each(|(j, row)| *row = (i * PIECE + j) as i32);
        });
        room.nodes.fill(Node::default().record());
        room.nodes[0] = Node { len: self.rows, ..Node::default() }.record();
    }

    fn tree(&self, bins: &[u8], tree: &mut Tree<'_>, room: &mut Room<'_>) {
        tree.clear();
        room.active[0] = 0;
        let (mut active, mut kept, mut empty) = (1, false, 0.0);
        for level in 0..self.depth {
            let fits = active <= self.slots;
            if fits && kept {
                self.count_smaller(bins, active, room);
                self.search(0..active, empty, room);
            } else {
                for first in (0..active).step_by(self.slots) {
                    let block = first..(first + self.slots).min(active);
                    self.count(bins, block.clone(), room);
                    if level == 0 {
                        empty = self.root(tree, room);
                    }
                    self.search(block, empty, room);
                }
            }
            active = self.split(bins, level, active, tree, room);
            if active == 0 {
                break;
            }
            kept = fits;
            std::mem::swap(&mut room.own, &mut room.above);
        }
        if self.settings.pruning == Pruning::Post {
            tree.prune();
        }
    }

    /// The sums of the root, from its histograms; below which H there are no rows.
    fn root(&self, tree: &mut Tree<'_>, room: &mut Room<'_>) -> f64 {
        let feature = room.own.get(..FEATURE).unwrap_or(&[]).as_chunks::<2>().0;
        let sums = feature.iter().fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
        room.nodes[0] = Node { sums, ..Node::of(&room.nodes[0]) }.record();
        tree.value[0] = self.value(sums);
        EMPTY * sums[1]
    }

    fn value(&self, sums: [f64; 2]) -> f32 {
        (self.settings.learning_rate * self.settings.weight(sums)) as f32
    }

    /// Counts the rows of those active nodes of `block` that are `wanted`, in parts. The node at place i of the block gets
    /// slot i.
    fn count_parts(
        &self,
        bins: &[u8],
        block: Range<usize>,
        wanted: impl Fn(usize, &[i32], &[[f64; RECORD]]) -> bool,
        room: &mut Room<'_>,
    ) {
        let Room { pieces, nodes, active, list, pairs, parts, .. } = room;
        let (mut count, mut rows) = (0, 0);
        for (slot, place) in block.enumerate() {
            let record = active[place] as usize;
            let node = Node { slot, first: count, parts: 0, ..Node::of(&nodes[record]) };
            let cut = match wanted(place, active, nodes) {
                true => {
                    rows += node.len;
                    rows::cut(&mut pieces[count..], std::iter::once((record, node.from, node.len)), self.part)
                }
                false => 0,
            };
            nodes[record] = Node { parts: cut, ..node }.record();
            count += cut;
        }
        let (list, pairs, pieces) = (&**list, &**pairs, &**pieces);
        let time = (rows * self.features.len()) as u64;
        pool::run_mut(&mut parts[..count * self.width], self.width, time, |i, out| {
            let own = Piece::of(&pieces[i]);
            histogram::fill(out, own.rows(list), pairs, bins, self.features.len());
        });
    }

    /// The histograms of the active nodes of `block`, all of them counted.
    fn count(&self, bins: &[u8], block: Range<usize>, room: &mut Room<'_>) {
        self.count_parts(bins, block.clone(), |_, _, _| true, room);
        let Room { own, parts, nodes, active, .. } = room;
        let (active, nodes, parts, width) = (&active[block], &**nodes, &**parts, self.width);
        pool::run_mut(&mut own[..active.len() * width], width, (active.len() * width) as u64, |i, out| {
            let node = Node::of(&nodes[active[i] as usize]);
            histogram::sum(out, &parts[node.first * width..(node.first + node.parts) * width]);
        });
    }

    /// The histograms of all active nodes, which are pairs of siblings: the smaller one is counted.
    fn count_smaller(&self, bins: &[u8], active: usize, room: &mut Room<'_>) {
        let smaller = |place: usize, active: &[i32], nodes: &[[f64; RECORD]]| {
            let len = |place: usize| Node::of(&nodes[active[place] as usize]).len;
            match place % 2 {
                0 => len(place) <= len(place + 1),
                _ => len(place) < len(place - 1),
            }
        };
        self.count_parts(bins, 0..active, smaller, room);
        let Room { own, above, parts, nodes, active: list, .. } = room;
        let (list, nodes, above, parts, width) = (&**list, &**nodes, &**above, &**parts, self.width);
        let time = (active * width) as u64;
        pool::run_mut(&mut own[..active * width], 2 * width, time, |pair, out| {
            let [left, right] = [2 * pair, 2 * pair + 1].map(|place| list[place] as usize);
            let parent = Node::of(&nodes[(left - 1) / 2]).slot;
            let (a, b) = out.split_at_mut(width);
            let [first, second] = [left, right].map(|node| Node::of(&nodes[node]));
            let (node, small, large) =
                if first.parts > 0 || second.parts == 0 { (first, a, b) } else { (second, b, a) };
            histogram::sum(small, &parts[node.first * width..(node.first + node.parts) * width]);
            let whole = &above[parent * width..(parent + 1) * width];
            large.iter_mut().zip(whole).zip(&*small).for_each(|((l, w), s)| *l = w - s);
        });
    }

    /// Finds the best splits of the active nodes of `block`, whose histograms are there.
    fn search(&self, block: Range<usize>, empty: f64, room: &mut Room<'_>) {
        let Room { own, nodes, found, active, .. } = room;
        let (active, own, nodes, width) = (&active[block.clone()], &**own, &**nodes, self.width);
        let time = (2 * active.len() * width) as u64;
        pool::run_mut(&mut found[block], 1, time, |slot, out| {
            let node = Node::of(&nodes[active[slot] as usize]);
            let mut search = Search::new(&self.settings, node.sums, empty);
            let histograms = own[slot * width..(slot + 1) * width].as_chunks::<2>().0.as_chunks::<256>().0;
            for (i, (kind, bins)) in self.features.iter().zip(histograms).enumerate() {
                search.look(i, *kind, &bins[..kind.bins], bins[255], empty);
            }
            out[0] = search.best().map_or([0.0; RECORD], |s| {
                let [g, h] = s.left;
                [s.gain, s.feature as f64, f64::from(s.rule.code()), g, h, 0.0, 0.0, 0.0]
            });
        });
    }

    /// Splits the active nodes as it was found; how many are active on the next level.
    fn split(
        &self,
        bins: &[u8],
        level: usize,
        active: usize,
        tree: &mut Tree<'_>,
        room: &mut Room<'_>,
    ) -> usize {
        let settings = &self.settings;
        for place in 0..active {
            let [gain, feature, code, g, h, ..] = room.found[place];
            let worth = gain - settings.complexity;
            if gain <= 0.0 || (settings.pruning == Pruning::Pre && worth < 0.0) {
                continue;
            }
            let node = room.active[place] as usize;
            (tree.feature[node], tree.rule[node]) = (feature as i32, code as i32);
            tree.gain[node] = worth as f32;
            let right = without(Node::of(&room.nodes[node]).sums, [g, h]);
            for (child, sums) in [(2 * node + 1, [g, h]), (2 * node + 2, right)] {
                tree.value[child] = self.value(sums);
                room.nodes[child] = Node { sums, ..Node::default() }.record();
            }
        }
        // Below the last level no list of rows is needed.
        if level + 1 == self.depth { 0 } else { self.pass_on(bins, active, tree, room) }
    }

    /// Sends the rows of nodes that were split to their children, which become the active ones.
    fn pass_on(&self, bins: &[u8], active: usize, tree: &Tree<'_>, room: &mut Room<'_>) -> usize {
        let Room { list, moved, pieces, nodes, active: places, .. } = room;
        let split = |node: usize| tree.feature[node] >= 0;
        let parents = places[..active].iter().map(|&node| node as usize).filter(|&node| split(node));
        let stretches = parents.map(|node| {
            let Node { from, len, .. } = Node::of(&nodes[node]);
            (node, from, len)
        });
        let n = rows::cut(pieces, stretches, PIECE);
        let by = |node: usize| (tree.feature[node] as usize, Rule::of(tree.rule[node]));
        let mut count = 0;
        rows::partition(list, moved, &mut pieces[..n], (bins, self.features.len()), by, |node, lefts| {
            let own = Node::of(&nodes[node]);
            nodes[node] = Node { passed: true, ..own }.record();
            for (child, from, len) in
                [(2 * node + 1, own.from, lefts), (2 * node + 2, own.from + lefts, own.len - lefts)]
            {
                nodes[child] = Node { from, len, ..Node::of(&nodes[child]) }.record();
                places[count] = child as i32;
                count += 1;
            }
        });
        count
    }

    /// Adds what the tree says to the logits of one output.
    fn apply(&self, bins: &[u8], tree: &Tree<'_>, room: &mut Room<'_>, logits: &mut [f32], output: usize) {
        let Room { list, pieces, nodes, .. } = room;
        let inner = tree.feature.len() / 2;
        let ends = nodes[..inner].iter().map(Node::of).enumerate().filter(|(_, own)| !own.passed);
        let n = rows::cut(pieces, ends.map(|(node, own)| (node, own.from, own.len)), PIECE);
        let width = self.features.len();
        rows::add(logits, (self.outputs, output), list, &pieces[..n], |node| {
            let end = end(tree.feature, node);
            let split = end == node && tree.feature[node] >= 0;
            let (left, right, feature) = match split {
                true => (tree.value[2 * node + 1], tree.value[2 * node + 2], tree.feature[node] as usize),
                false => (tree.value[end], tree.value[end], 0),
            };
            let table = Rule::of(tree.rule[node]).table();
            move |row: usize| {
                let bin = usize::from(bins[row * width + feature]);
                if table[bin] { left } else { right }
            }
        });
    }
}

/// The first node on the way from the root to `node` that does not split, or else `node`.
fn end(feature: &[i32], node: usize) -> usize {
    let (mut end, mut at) = (node, node);
    while at > 0 {
        at = (at - 1) / 2;
        if feature[at] < 0 {
            end = at;
        }
    }
    end
}
