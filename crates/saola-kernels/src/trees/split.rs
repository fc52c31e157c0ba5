//! The best split of a node.

/// What a feature's bins are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// How many bins there are beside that of missing values, 255 at most.
    pub bins: usize,
    /// Whether bins have no order, so that a split is one bin against all others.
    pub equal: bool,
}

/// When splits that are worth less than they cost are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pruning {
    /// Never.
    #[default]
    None,
    /// Before their children grow.
    Pre,
    /// When the tree has its whole depth, from the leaves up.
    Post,
}

/// How trees grow. The penalties are on the scale of the sums of g and h.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// What each weight is multiplied by.
    pub learning_rate: f64,
    /// By how much |G| is made smaller.
    pub l1: f64,
    /// What is added to H.
    pub l2: f64,
    /// What a split costs.
    pub complexity: f64,
    /// The least H of a side.
    pub least: f64,
    /// When splits are left out.
    pub pruning: Pruning,
}

impl Settings {
    fn shrunk(&self, g: f64) -> f64 {
        (g.abs() - self.l1).max(0.0).copysign(g)
    }

    /// The weight of these sums, without the learning rate.
    pub fn weight(&self, [g, h]: [f64; 2]) -> f64 {
        let below = h + self.l2;
        if below > 0.0 { -self.shrunk(g) / below } else { 0.0 }
    }

    fn score(&self, [g, h]: [f64; 2]) -> f64 {
        let (g, below) = (self.shrunk(g), h + self.l2);
        if below > 0.0 { g * g / below } else { 0.0 }
    }

    /// The same for sums of `times` as many rows.
    pub fn scaled(&self, times: f64) -> Settings {
        Settings {
            l1: self.l1 * times,
            l2: self.l2 * times,
            complexity: self.complexity * times,
            least: self.least * times,
            ..*self
        }
    }
}

/// Which rows go to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The last bin on the left, or the only one.
    pub bin: u8,
    /// Whether missing values go to the left, where bins are in order.
    pub missing_left: bool,
    /// Whether `bin` is the only one on the left.
    pub equal: bool,
}

impl Rule {
    /// The rule as a number: the bin, 256 where missing values go to the left, 512 where the bin is the only one there.
    pub fn code(self) -> i32 {
        i32::from(self.bin) + 256 * i32::from(self.missing_left) + 512 * i32::from(self.equal)
    }

    /// The rule with this number.
    pub fn of(code: i32) -> Rule {
        Rule { bin: (code & 255) as u8, missing_left: code & 256 != 0, equal: code & 512 != 0 }
    }

    /// Whether a row goes to the left.
    #[inline]
    pub fn left(self, bin: u8) -> bool {
        match (self.equal, bin) {
            (true, _) => bin == self.bin,
            (false, super::MISSING) => self.missing_left,
            (false, _) => bin <= self.bin,
        }
    }

    /// Whether rows go to the left, by their bin.
    pub(super) fn table(self) -> [bool; 256] {
        std::array::from_fn(|bin| self.left(bin as u8))
    }
}

/// A split and what it is worth, without its costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// What it is worth.
    pub gain: f64,
    /// The number of the feature.
    pub feature: usize,
    /// The rule.
    pub rule: Rule,
    /// The sums of the left side.
    pub left: [f64; 2],
}

fn add(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

/// `a` without `b`.
pub fn without(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

/// A search over the features of one node. The first of equally good splits counts.
pub(super) struct Search<'a> {
    settings: &'a Settings,
    total: [f64; 2],
    /// The score of the node itself.
    whole: f64,
    least: f64,
    best: Option<Split>,
}

impl<'a> Search<'a> {
    /// Of a node with these sums; a side of which H is less than `empty` has no rows.
    pub(super) fn new(settings: &'a Settings, total: [f64; 2], empty: f64) -> Search<'a> {
        let least = settings.least.max(empty);
        Search { settings, total, whole: settings.score(total), least, best: None }
    }

    /// Looks at one feature: the sums of its bins, and of its missing values.
    pub(super) fn look(
        &mut self,
        feature: usize,
        kind: Feature,
        bins: &[[f64; 2]],
        missing: [f64; 2],
        empty: f64,
    ) {
        let lacks = missing[1] >= empty && missing != [0.0, 0.0];
        if kind.equal {
            self.one_against_all(feature, bins, lacks.then_some(missing));
            return;
        }
        self.missing_right(feature, bins, lacks);
        if lacks {
            self.missing_left(feature, bins, missing);
        }
    }

    /// The best split.
    pub(super) fn best(self) -> Option<Split> {
        self.best
    }

    /// What a split is worth, if both sides have rows.
    #[inline]
    fn consider(&mut self, feature: usize, left: [f64; 2], rule: impl FnOnce(bool) -> Rule) {
        let right = without(self.total, left);
        if left[1] < self.least || right[1] < self.least {
            return;
        }
        let gain = self.settings.score(left) + self.settings.score(right) - self.whole;
        if gain > self.best.map_or(0.0, |b| b.gain) {
            self.best = Some(Split { gain, feature, rule: rule(left[1] > right[1]), left });
        }
    }

    fn one_against_all(&mut self, feature: usize, bins: &[[f64; 2]], missing: Option<[f64; 2]>) {
        let known = bins.iter().copied().enumerate();
        for (bin, sums) in known.chain(missing.map(|m| (usize::from(super::MISSING), m))) {
            if sums == [0.0, 0.0] {
                continue;
            }
            let rule = Rule { bin: bin as u8, missing_left: false, equal: true };
            self.consider(feature, sums, |_| rule);
        }
    }

    fn missing_right(&mut self, feature: usize, bins: &[[f64; 2]], lacks: bool) {
        let mut left = [0.0; 2];
        // With missing values all others may go to the left.
        let ends = (bins.len() + usize::from(lacks)).saturating_sub(1);
        for (bin, &sums) in bins[..ends].iter().enumerate() {
            // The same split as before.
            if sums == [0.0, 0.0] {
                continue;
            }
            left = add(left, sums);
            if self.total[1] - left[1] < self.least {
                break;
            }
            // Where none were missing, those to come go with the heavier side.
            let rule = |heavy| Rule { bin: bin as u8, missing_left: !lacks && heavy, equal: false };
            self.consider(feature, left, rule);
        }
    }

    fn missing_left(&mut self, feature: usize, bins: &[[f64; 2]], missing: [f64; 2]) {
        let mut left = missing;
        for (bin, &sums) in bins[..bins.len().saturating_sub(1)].iter().enumerate() {
            if sums == [0.0, 0.0] {
                continue;
            }
            left = add(left, sums);
            if self.total[1] - left[1] < self.least {
                break;
            }
            self.consider(feature, left, |_| Rule { bin: bin as u8, missing_left: true, equal: false });
        }
    }
}
