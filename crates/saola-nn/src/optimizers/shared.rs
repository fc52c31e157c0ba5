//! What all optimizers can do beside their rules.

use saola_tensor::Error;

/// What all optimizers can do beside their rules; see their builder methods. In each step, in this order: gradients are
/// divided by the loss scale, accumulated, clipped; weights decay; the rule moves them; averages follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// The fraction of themselves, times the learning rate, that weights lose in each step.
    pub weight_decay: Option<f64>,
    /// The largest norm of each variable's gradient.
    pub clipnorm: Option<f64>,
    /// The largest norm of all gradients together.
    pub global_clipnorm: Option<f64>,
    /// The largest absolute value in a gradient.
    pub clipvalue: Option<f64>,
    /// How much of the average weights stays in each step, where there are averages.
    pub ema_momentum: Option<f64>,
    /// After how many steps weights become their averages.
    pub ema_overwrite_frequency: Option<usize>,
    /// What the loss is multiplied by before gradients are taken.
    pub loss_scale_factor: Option<f64>,
    /// How many batches' gradients make a step.
    pub gradient_accumulation_steps: Option<usize>,
}

impl Shared {
    /// What cannot be.
    pub(super) fn fault(&self, optimizer: &str) -> Option<Error> {
        let clips = [self.clipnorm, self.global_clipnorm, self.clipvalue];
        let fault = |text: String, help: &str| Some(Error::value(format!("{optimizer}: {text}")).help(help));
        if clips.iter().flatten().count() > 1 {
            return fault(
                "more than one of clipnorm, global_clipnorm and clipvalue is given".into(),
                "give one of them",
            );
        }
        if let Some(wrong) = clips.iter().flatten().find(|c| c.is_nan() || **c <= 0.0) {
            return fault(format!("gradients are clipped at {wrong}"), "give a number above 0");
        }
        if let Some(wrong) = self.gradient_accumulation_steps.filter(|n| *n < 2) {
            return fault(format!("gradient_accumulation_steps is {wrong}"), "give at least 2");
        }
        if let Some(wrong) = self.ema_momentum.filter(|m| !(0.0..=1.0).contains(m)) {
            return fault(format!("ema_momentum is {wrong}"), "give a number from 0 to 1");
        }
        if self.ema_overwrite_frequency == Some(0) {
            return fault("ema_overwrite_frequency is 0".into(), "give at least 1");
        }
        if let Some(wrong) = self.loss_scale_factor.filter(|s| !(s.is_finite() && *s > 0.0)) {
            return fault(format!("loss_scale_factor is {wrong}"), "give a number above 0");
        }
        let wrong = self.weight_decay.filter(|d| !(d.is_finite() && *d >= 0.0))?;
        fault(format!("weight_decay is {wrong}"), "give a number that is not negative")
    }
}
