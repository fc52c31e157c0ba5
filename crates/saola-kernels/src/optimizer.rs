//! Optimizer steps: one pass over a variable, its slots and its gradient.
//!
//! Written as tensor operations an Adam step moves some ten temporaries the size of the variable through
//! memory; as one loop it reads four arrays and writes three, which is the least it can. The formulas are
//! Keras 3's; where TensorFlow 1 differs (the place of epsilon in Adagrad) the rule says so.
//!
//! A sparse gradient is (indices, rows). Rows of the same index are added first, in their order, then the
//! rule is applied to the touched rows alone.

use crate::math::Float;
use crate::memory::KernelError;
use crate::multiversion;
use crate::pool::{self, Parts};

/// The rule of one step. Numbers that change between steps, such as the learning rate, are in it too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule<T> {
    /// `w −= lr·g`.
    Sgd {
        /// The learning rate.
        lr: T,
    },
    /// `m = μ·m − lr·g`; `w += m`, or with Nesterov's look-ahead `w += μ·m − lr·g`. One slot: m.
    Momentum {
        /// The learning rate.
        lr: T,
        /// μ.
        momentum: T,
        /// Whether to look ahead.
        nesterov: bool,
    },
    /// `m += (g − m)(1 − β₁)`, `v += (g² − v)(1 − β₂)`, `w −= α·m / (√v + ε)` with α the bias-corrected
    /// learning rate. Slots: m, v, and with AMSGrad the largest v so far, which then takes v's place.
    Adam {
        /// The learning rate times `√(1 − β₂ᵗ) / (1 − β₁ᵗ)`.
        alpha: T,
        /// β₁.
        beta_1: T,
        /// β₂.
        beta_2: T,
        /// ε.
        epsilon: T,
    },
    /// `a += g²`, `w −= lr·g / √(a + ε)`, or outside of the root `/ (√a + ε)`. One slot: a.
    Adagrad {
        /// The learning rate.
        lr: T,
        /// ε.
        epsilon: T,
        /// Whether ε is added to the root instead of under it, as TensorFlow's kernel does.
        epsilon_outside: bool,
    },
    /// Follow the regularized leader (McMahan et al., 2013). Slots: the accumulator and the linear term.
    Ftrl {
        /// The learning rate.
        lr: T,
        /// The power of the accumulator in the per-coordinate rate; −½ as a rule.
        lr_power: T,
        /// The strength of the absolute penalty.
        l1: T,
        /// The strength of the squared penalty.
        l2: T,
        /// The strength of the squared penalty that acts on the gradient only.
        l2_shrinkage: T,
        /// β of the per-coordinate rate.
        beta: T,
    },
    /// `v = ρ·v + (1 − ρ)·g²`, `w −= lr·g / √(v + ε)`; centred, `a = ρ·a + (1 − ρ)·g` and `v − a²` takes v's place; with
    /// momentum the step goes into `m = μ·m + step` and `w −= m`. Slots: v, then m and a where they are used.
    RmsProp {
        /// The learning rate.
        lr: T,
        /// ρ.
        rho: T,
        /// μ.
        momentum: T,
        /// ε.
        epsilon: T,
        /// Whether there is an m.
        moves: bool,
        /// Whether there is an a.
        centered: bool,
    },
    /// `m += (g − m)(1 − β₁)`, `u = max(β₂·u, |g|)`, `w −= α·m / (u + ε)`. Slots: m, u.
    Adamax {
        /// The learning rate divided by `1 − β₁ᵗ`.
        alpha: T,
        /// β₁.
        beta_1: T,
        /// β₂.
        beta_2: T,
        /// ε.
        epsilon: T,
    },
    /// Adam with Nesterov's look-ahead (Dozat, 2016): `w −= lr·(ahead·m + now·g) / (√(v·correction) + ε)`. Slots: m, v.
    Nadam {
        /// The learning rate.
        lr: T,
        /// β₁.
        beta_1: T,
        /// β₂.
        beta_2: T,
        /// ε.
        epsilon: T,
        /// What the first moment counts.
        ahead: T,
        /// What the gradient counts.
        now: T,
        /// `1 / (1 − β₂ᵗ)`.
        correction: T,
    },
    /// `a = ρ·a + (1 − ρ)·g²`, `d = −√(x + ε) / √(a + ε) · g`, `x = ρ·x + (1 − ρ)·d²`, `w += lr·d` (Zeiler, 2012).
    /// Slots: a, x.
    Adadelta {
        /// The learning rate.
        lr: T,
        /// ρ.
        rho: T,
        /// ε.
        epsilon: T,
    },
    /// `w −= lr·sign(β₁·m + (1 − β₁)·g)`, then `m = β₂·m + (1 − β₂)·g` (Chen et al., 2023). Slot: m.
    Lion {
        /// The learning rate.
        lr: T,
        /// β₁.
        beta_1: T,
        /// β₂.
        beta_2: T,
    },
}

impl<T: Float> Rule<T> {
    /// Whether the rule can have so many slots.
    fn takes(&self, slots: usize) -> bool {
        match self {
            Rule::Sgd { .. } => slots == 0,
            Rule::Momentum { .. } | Rule::Adagrad { .. } | Rule::Lion { .. } => slots == 1,
            Rule::RmsProp { moves, centered, .. } => {
                slots == 1 + usize::from(*moves) + usize::from(*centered)
            }
            Rule::Adam { .. } => matches!(slots, 2 | 3),
            Rule::Ftrl { .. } | Rule::Adamax { .. } | Rule::Nadam { .. } | Rule::Adadelta { .. } => {
                slots == 2
            }
        }
    }

    #[inline(always)]
    fn apply(self, w: &mut T, slots: [&mut T; 3], g: T) {
        let [a, b, c] = slots;
        match self {
            Rule::Sgd { lr } => *w = *w - lr * g,
            Rule::Momentum { lr, momentum, nesterov } => {
                *a = momentum * *a - lr * g;
                *w += if nesterov { momentum * *a - lr * g } else { *a };
            }
            Rule::Adam { alpha, beta_1, beta_2, epsilon } => {
                *a += (g - *a) * (T::ONE - beta_1);
                *b += (g * g - *b) * (T::ONE - beta_2);
                // The third slot is the plain v itself where AMSGrad is off: then this changes nothing.
                *c = c.larger(*b);
                *w = *w - alpha * *a / (c.sqrt() + epsilon);
            }
            Rule::Adagrad { lr, epsilon, epsilon_outside } => {
                *a += g * g;
                let root = if epsilon_outside { a.sqrt() + epsilon } else { (*a + epsilon).sqrt() };
                *w = *w - lr * g / root;
            }
            Rule::Ftrl { lr, lr_power, l1, l2, l2_shrinkage, beta } => {
                let two = T::of(2.0);
                let l2 = l2 + beta / (two * lr);
                let shrunk = g + two * l2_shrinkage * *w;
                let old = *a;
                let new = old + g * g;
                // A square root is far cheaper than the power it stands for.
                let usual = lr_power == T::of(-0.5);
                let rate = |x: T| if usual { x.sqrt() } else { x.pow(-lr_power) };
                let (before, after) = (rate(old), rate(new));
                *b = *b + shrunk - (after - before) / lr * *w;
                let quadratic = after / lr + two * l2;
                let clipped = (*b).smaller(l1).larger(-l1);
                *w = (clipped - *b) / quadratic;
                *a = new;
            }
            _ => self.apply_to_moments(w, [a, b, c], g),
        }
    }

    /// The rules that keep running moments other than Adam's.
    #[inline(always)]
    fn apply_to_moments(self, w: &mut T, slots: [&mut T; 3], g: T) {
        let [a, b, c] = slots;
        match self {
            Rule::RmsProp { lr, rho, momentum, epsilon, moves, centered } => {
                let rest = T::ONE - rho;
                *a = rho * *a + rest * g * g;
                // The slots that are used come first.
                let (m, mean) = if moves { (b, c) } else { (c, b) };
                let mut variance = *a + epsilon;
                if centered {
                    *mean = rho * *mean + rest * g;
                    variance = *a - *mean * *mean + epsilon;
                }
                let step = lr * g / variance.sqrt();
                if moves {
                    *m = momentum * *m + step;
                    *w = *w - *m;
                } else {
                    *w = *w - step;
                }
            }
            Rule::Adamax { alpha, beta_1, beta_2, epsilon } => {
                *a += (g - *a) * (T::ONE - beta_1);
                *b = (beta_2 * *b).larger(g.abs());
                *w = *w - alpha * *a / (*b + epsilon);
            }
            Rule::Nadam { lr, beta_1, beta_2, epsilon, ahead, now, correction } => {
                *a += (g - *a) * (T::ONE - beta_1);
                *b += (g * g - *b) * (T::ONE - beta_2);
                *w = *w - lr * (ahead * *a + now * g) / ((*b * correction).sqrt() + epsilon);
            }
            Rule::Adadelta { lr, rho, epsilon } => {
                let rest = T::ONE - rho;
                *a = rho * *a + rest * g * g;
                let step = (*b + epsilon).sqrt() * g / (*a + epsilon).sqrt();
                *b = rho * *b + rest * step * step;
                *w = *w - lr * step;
            }
            Rule::Lion { lr, beta_1, beta_2 } => {
                let ahead = *a * beta_1 + g * (T::ONE - beta_1);
                let sign = if ahead > T::ZERO {
                    T::ONE
                } else if ahead < T::ZERO {
                    -T::ONE
                } else {
                    // Zero stays zero, and what is not a number stays none.
                    ahead
                };
                *w = *w - lr * sign;
                *a = *a * beta_2 + g * (T::ONE - beta_2);
            }
            Rule::Sgd { .. }
            | Rule::Momentum { .. }
            | Rule::Adam { .. }
            | Rule::Adagrad { .. }
            | Rule::Ftrl { .. } => {}
        }
    }
}

/// Elements per chunk of work.
const CHUNK: usize = 8192;

/// One step for a whole variable. `slots` are as many as the rule has.
pub fn dense<T: Float>(rule: Rule<T>, w: &mut [T], slots: &mut [&mut [T]], g: &[T]) {
    dense_decayed(rule, None, w, slots, g);
}

/// As [`dense`], after the weights were moved by the fraction `decay` of themselves towards zero.
pub fn dense_decayed<T: Float>(
    rule: Rule<T>,
    decay: Option<T>,
    w: &mut [T],
    slots: &mut [&mut [T]],
    g: &[T],
) {
    let n = w.len();
    assert!(g.len() == n && slots.iter().all(|s| s.len() == n), "slots of another length than the variable");
    assert!(rule.takes(slots.len()), "{} slots are not the rule's", slots.len());
    let w = Parts(w.as_mut_ptr());
    let parts: [Option<Parts<T>>; 3] =
        std::array::from_fn(|i| slots.get_mut(i).map(|s| Parts(s.as_mut_ptr())));
    let nanoseconds = (n * (2 + slots.len())) as u64 / 6;
    pool::run(n.div_ceil(CHUNK), nanoseconds, |chunk| {
        let start = chunk * CHUNK;
        let len = CHUNK.min(n - start);
        // SAFETY: chunks are disjoint parts of slices of `n` elements that are borrowed exclusively.
        let part = |p: &Parts<T>| unsafe { std::slice::from_raw_parts_mut(p.at(start), len) };
        let slots = parts.each_ref().map(|p| p.as_ref().map(part));
        let w = part(&w);
        // The chunk is in the cache for the step that follows.
        if let Some(decay) = decay {
            shrink(decay, w);
        }
        step(rule, w, slots, &g[start..start + len]);
    });
}

multiversion! {
    fn shrink<T: Float>(decay: T, w: &mut [T]) {
        shrink_body(decay, w)
    }
}

/// Moves weights by a fraction of themselves towards zero.
#[inline(always)]
fn shrink_body<T: Float>(decay: T, w: &mut [T]) {
    w.iter_mut().for_each(|w| *w = *w - *w * decay);
}

multiversion! {
    fn step<T: Float>(rule: Rule<T>, w: &mut [T], slots: [Option<&mut [T]>; 3], g: &[T]) {
        step_body(rule, w, slots, g)
    }
}

/// Each rule has loops of its own, with the rule known in them: one loop over all rules would look at each element which
/// one it is, and be no loop of vectors.
#[inline(always)]
fn step_body<T: Float>(rule: Rule<T>, w: &mut [T], slots: [Option<&mut [T]>; 3], g: &[T]) {
    /// The rule made anew of its numbers, so that the compiler sees which one it is.
    macro_rules! known {
        ($with:ident($($slot:ident),*), $name:ident { $($field:ident),* }) => {
            $with(Rule::$name { $($field),* }, w, $($slot,)* g)
        };
    }
    match (rule, slots) {
        (Rule::Sgd { lr }, _) => known!(with_none(), Sgd { lr }),
        (Rule::Momentum { lr, momentum, nesterov }, [Some(a), ..]) => {
            known!(with_one(a), Momentum { lr, momentum, nesterov })
        }
        (Rule::Adagrad { lr, epsilon, epsilon_outside }, [Some(a), ..]) => {
            known!(with_one(a), Adagrad { lr, epsilon, epsilon_outside })
        }
        (Rule::Lion { lr, beta_1, beta_2 }, [Some(a), ..]) => {
            known!(with_one(a), Lion { lr, beta_1, beta_2 })
        }
        (Rule::Adam { alpha, beta_1, beta_2, epsilon }, [Some(a), Some(b), None]) => {
            known!(with_two(a, b), Adam { alpha, beta_1, beta_2, epsilon })
        }
        (Rule::Adam { alpha, beta_1, beta_2, epsilon }, [Some(a), Some(b), Some(c)]) => {
            known!(with_three(a, b, c), Adam { alpha, beta_1, beta_2, epsilon })
        }
        (Rule::Ftrl { lr, lr_power, l1, l2, l2_shrinkage, beta }, [Some(a), Some(b), _]) => {
            let usual = T::of(-0.5);
            if lr_power == usual {
                let lr_power = usual;
                return known!(with_two(a, b), Ftrl { lr, lr_power, l1, l2, l2_shrinkage, beta });
            }
            known!(with_two(a, b), Ftrl { lr, lr_power, l1, l2, l2_shrinkage, beta })
        }
        (Rule::Adamax { alpha, beta_1, beta_2, epsilon }, [Some(a), Some(b), _]) => {
            known!(with_two(a, b), Adamax { alpha, beta_1, beta_2, epsilon })
        }
        (Rule::Nadam { lr, beta_1, beta_2, epsilon, ahead, now, correction }, [Some(a), Some(b), _]) => {
            known!(with_two(a, b), Nadam { lr, beta_1, beta_2, epsilon, ahead, now, correction })
        }
        (Rule::Adadelta { lr, rho, epsilon }, [Some(a), Some(b), _]) => {
            known!(with_two(a, b), Adadelta { lr, rho, epsilon })
        }
        (Rule::RmsProp { lr, rho, momentum, epsilon, moves, centered }, [Some(a), None, _]) => {
            known!(with_one(a), RmsProp { lr, rho, momentum, epsilon, moves, centered })
        }
        (Rule::RmsProp { lr, rho, momentum, epsilon, moves, centered }, [Some(a), Some(b), None]) => {
            known!(with_two(a, b), RmsProp { lr, rho, momentum, epsilon, moves, centered })
        }
        (Rule::RmsProp { lr, rho, momentum, epsilon, moves, centered }, [Some(a), Some(b), Some(c)]) => {
            known!(with_three(a, b, c), RmsProp { lr, rho, momentum, epsilon, moves, centered })
        }
        // `Rule::takes` was asked before.
        _ => {}
    }
}

#[inline(always)]
fn with_none<T: Float>(rule: Rule<T>, w: &mut [T], g: &[T]) {
    for (w, &g) in w.iter_mut().zip(g) {
        rule.apply(w, [&mut T::default(), &mut T::default(), &mut T::default()], g);
    }
}

#[inline(always)]
fn with_one<T: Float>(rule: Rule<T>, w: &mut [T], a: &mut [T], g: &[T]) {
    for ((w, a), &g) in w.iter_mut().zip(a).zip(g) {
        rule.apply(w, [a, &mut T::default(), &mut T::default()], g);
    }
}

#[inline(always)]
fn with_two<T: Float>(rule: Rule<T>, w: &mut [T], a: &mut [T], b: &mut [T], g: &[T]) {
    for (((w, a), b), &g) in w.iter_mut().zip(a).zip(b).zip(g) {
        rule.apply(w, [a, b, &mut T::NEG_INFINITY.clone()], g);
    }
}

#[inline(always)]
fn with_three<T: Float>(rule: Rule<T>, w: &mut [T], a: &mut [T], b: &mut [T], c: &mut [T], g: &[T]) {
    for ((((w, a), b), c), &g) in w.iter_mut().zip(a).zip(b).zip(c).zip(g) {
        rule.apply(w, [a, b, c], g);
    }
}

/// Working memory of [`sparse`]: the order of the indices, and one row.
pub struct Scratch<'a, T> {
    /// As many as there are indices.
    pub order: &'a mut [i64],
    /// As many as a row has elements.
    pub row: &'a mut [T],
}

/// Moves all weights by the fraction `decay` of themselves towards zero: what comes before a [`sparse`] step.
pub fn decay<T: Float>(decay: T, w: &mut [T]) {
    shrink(decay, w);
}

/// One step for the rows of a variable that `indices` name, with one row of `g` for each index.
///
/// # Errors
/// An index outside of the variable.
pub fn sparse<T: Float>(
    rule: Rule<T>,
    w: &mut [T],
    slots: &mut [&mut [T]],
    indices: &[i64],
    g: &[T],
    scratch: Scratch<'_, T>,
) -> Result<(), KernelError> {
    let Scratch { order, row } = scratch;
    let inner = row.len();
    let rows = w.len().checked_div(inner).unwrap_or(0);
    assert!(g.len() == indices.len() * inner && order.len() == indices.len());
    assert!(rule.takes(slots.len()), "{} slots are not the rule's", slots.len());
    if let Some(bad) = indices.iter().find(|&&i| i < 0 || i >= rows as i64) {
        return Err(KernelError {
            message: format!("index {bad} is outside of 0..{rows}"),
            help: "check the indices that the lookup was given".into(),
        });
    }
    order.iter_mut().enumerate().for_each(|(i, o)| *o = i as i64);
    order.sort_unstable_by_key(|&i| (indices[i as usize], i));
    let mut first = 0;
    while first < order.len() {
        let index = indices[order[first] as usize];
        row.fill(T::ZERO);
        let mut last = first;
        while last < order.len() && indices[order[last] as usize] == index {
            let from = order[last] as usize * inner;
            row.iter_mut().zip(&g[from..from + inner]).for_each(|(r, &v)| *r += v);
            last += 1;
        }
        let range = index as usize * inner..(index as usize + 1) * inner;
        let mut touched = slots.iter_mut().map(|s| &mut s[range.clone()]);
        let parts = [touched.next(), touched.next(), touched.next()];
        step(rule, &mut w[range.clone()], parts, row);
        first = last;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparse_step_is_a_dense_one_on_the_touched_rows() {
        let rule = Rule::Adagrad { lr: 0.1f64, epsilon: 1e-7, epsilon_outside: false };
        let w: Vec<f64> = (0..8).map(f64::from).collect();
        let (mut a, mut b) = (w.clone(), w);
        let (mut acc_a, mut acc_b) = (vec![0.1; 8], vec![0.1; 8]);
        let rows = [1.0, 2.0, 3.0, 4.0, 10.0, 20.0];
        let (mut order, mut row) = ([0i64; 3], [0.0; 2]);
        let scratch = Scratch { order: &mut order, row: &mut row };
        sparse(rule, &mut a, &mut [&mut acc_a], &[3, 1, 3], &rows, scratch).unwrap();
        let summed = [0.0, 0.0, 3.0, 4.0, 0.0, 0.0, 11.0, 22.0];
        dense(rule, &mut b, &mut [&mut acc_b], &summed);
        assert_eq!(a, b);
        assert_eq!(acc_a, acc_b);
    }

    #[test]
    fn amsgrad_off_uses_v_itself() {
        let rule = Rule::Adam { alpha: 0.1f32, beta_1: 0.9, beta_2: 0.99, epsilon: 0.0 };
        let (mut w, mut m, mut v) = ([1f32], [0f32], [4f32]);
        dense(rule, &mut w, &mut [&mut m, &mut v], &[0.0]);
        assert!((v[0] - 3.96).abs() < 1e-6);
        assert_eq!(w[0], 1.0);
    }
}
