//! What a model of trees says of its features.

use saola_tensor::{Error, Result};

use crate::Estimator;

impl Estimator {
    /// The names of the features that boosted trees split by, from the latest checkpoint: a column's name, or with the
    /// number of the value or class behind it where it has several.
    ///
    /// # Errors
    /// No checkpoint, a damaged one, or one of another kind of model.
    pub fn tree_features(&self) -> Result<Vec<String>> {
        let names = self.variable_value("boosted_trees/names").map_err(|e| {
            e.context("the features of boosted trees")
                .help("give an estimator of boosted trees that was trained")
        })?;
        let text = String::from_utf8(names.as_slice::<u8>()?.to_vec());
        let text = text.map_err(|_| Error::format("the names of the trees' features are damaged"))?;
        Ok(text.lines().map(str::to_string).collect())
    }

    /// How much the splits of boosted trees by each feature were worth, with the features' names, the greatest first; as
    /// fractions of all if `normalize` is set. The reference's `experimental_feature_importances`.
    ///
    /// ```no_run
    /// # use saola_estimator::{BoostedTreesClassifier, column};
    /// # fn main() -> saola_tensor::Result<()> {
    /// let classifier = BoostedTreesClassifier::new([column::numeric("age")]).model_dir("runs/trees").build()?;
    /// for (name, importance) in classifier.feature_importances(true)? {
    ///     println!("{name:>20} {importance:.3}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Estimator::tree_features`].
    pub fn feature_importances(&self, normalize: bool) -> Result<Vec<(String, f64)>> {
        let names = self.tree_features()?;
        let (feature, gain) =
            (self.variable_value("boosted_trees/feature")?, self.variable_value("boosted_trees/gain")?);
        let mut sums = vec![0.0f64; names.len()];
        for (&feature, &gain) in feature.as_slice::<i32>()?.iter().zip(gain.as_slice::<f32>()?) {
            if let Some(sum) = usize::try_from(feature).ok().and_then(|i| sums.get_mut(i)) {
                *sum += f64::from(gain);
            }
        }
        let total: f64 = sums.iter().sum();
        if normalize && total > 0.0 {
            sums.iter_mut().for_each(|s| *s /= total);
        }
        let mut all: Vec<(String, f64)> = names.into_iter().zip(sums).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(all)
    }
}
