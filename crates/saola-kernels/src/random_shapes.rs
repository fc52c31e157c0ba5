//! Random numbers of the gamma, beta and binomial distributions.
//!
//! A number takes as many normal and uniform ones as it needs, from a part of the counter that belongs to its position alone,
//! so that positions stay independent of each other and of threads. Gamma: Marsaglia and Tsang, "A simple method for
//! generating gamma variables", 2000, which rejects one in fifty. Beta: of two gamma numbers. Binomial: halved by order
//! statistics, which are beta numbers, until few trials are left (Relles, "A simple algorithm for generating binomial random
//! variables when N is large", 1972), so that many trials cost little more than few.

use saola_tensor::Philox;

use crate::math::Float;
use crate::pool;

/// Elements per chunk of work.
const CHUNK: usize = 1024;

/// As many trials are made one by one.
const FEW: u64 = 24;

/// The random numbers of one position.
struct Draws {
    philox: Philox,
    position: u64,
    next: u64,
}

impl Draws {
    /// The counter's upper part says which draw of the position it is.
    fn index(&mut self) -> u64 {
        let index = self.position | self.next << 40;
        self.next += 1;
        index
    }

    fn normal(&mut self) -> f64 {
        let index = self.index();
        self.philox.normal_pair(index)[0]
    }

    /// Above 0 and below 1.
    fn unit(&mut self) -> f64 {
        let index = self.index();
        let [a, b, ..] = self.philox.block(index);
        let bits = (u64::from(a) << 32 | u64::from(b)) >> 12;
        (bits as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    fn gamma(&mut self, alpha: f64) -> f64 {
        if alpha < 1.0 {
            let power = self.unit().powf(alpha.recip());
            return self.gamma(alpha + 1.0) * power;
        }
        let d = alpha - 1.0 / 3.0;
        let c = (9.0 * d).sqrt().recip();
        loop {
            let z = self.normal();
            let v = (1.0 + c * z).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * z * z + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn beta(&mut self, alpha: f64, beta: f64) -> f64 {
        let (x, y) = (self.gamma(alpha), self.gamma(beta));
        // Both may be too small for a number, where the parameters are tiny.
        if x + y > 0.0 { x / (x + y) } else { f64::from(u8::from(self.unit() * (alpha + beta) < alpha)) }
    }

    fn binomial(&mut self, mut trials: u64, mut probability: f64) -> u64 {
        let mut successes = 0;
        while trials > FEW {
            // The value of the middle one of so many uniform numbers tells on which side of it the probability lies.
            let middle = trials / 2 + 1;
            let split = self.beta(middle as f64, (trials + 1 - middle) as f64);
            if split <= probability {
                successes += middle;
                trials -= middle;
                probability = (probability - split) / (1.0 - split);
            } else {
                trials = middle - 1;
                probability /= split;
            }
            probability = if probability.is_finite() { probability.clamp(0.0, 1.0) } else { 1.0 };
        }
        successes + (0..trials).map(|_| u64::from(self.unit() < probability)).sum::<u64>()
    }
}

fn each<T: Float>(out: &mut [T], philox: Philox, cost: u64, draw: impl Fn(&mut Draws) -> f64 + Sync) {
    let nanoseconds = out.len() as u64 * cost;
    pool::run_mut(out, CHUNK, nanoseconds, |i, part| {
        for (j, o) in part.iter_mut().enumerate() {
            *o = T::of(draw(&mut Draws { philox, position: (i * CHUNK + j) as u64, next: 0 }));
        }
    });
}

/// Numbers of the gamma distribution of shape `alpha`, above 0, and scale 1.
pub fn gamma<T: Float>(out: &mut [T], philox: Philox, alpha: f64) {
    each(out, philox, 60, |draws| draws.gamma(alpha));
}

/// Numbers of the beta distribution; both parameters are above 0.
pub fn beta<T: Float>(out: &mut [T], philox: Philox, alpha: f64, beta: f64) {
    each(out, philox, 120, |draws| draws.beta(alpha, beta));
}

/// How many of `trials` succeed, each with `probability`.
pub fn binomial<T: Float>(out: &mut [T], philox: Philox, trials: u64, probability: f64) {
    each(out, philox, 300, |draws| draws.binomial(trials, probability) as f64);
}
