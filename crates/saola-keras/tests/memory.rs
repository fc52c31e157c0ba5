//! A model that predicts again and again takes no more memory for it.

use saola_keras::{Predict, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::Dense;
use saola_tensor::{Result, Tensor};

/// The pages that the process has in memory.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default()
}

#[test]
#[cfg(target_os = "linux")]
fn a_hundred_thousand_predictions_leave_the_resident_memory_flat() -> Result<()> {
    let mut model =
        Sequential::new().add(Dense::new(8).activation(Relu)).add(Dense::new(3).activation(Softmax));
    let x = Tensor::new((0..12).map(|i| i as f32 / 7.0).collect::<Vec<_>>(), [3, 4])?;
    model.build([4])?;
    let model = model.model()?;
    let rows = [x.rows(0..1)?, x.rows(1..3)?];
    let wanted = model.predict(&rows[0], Predict::new())?;
    // Two forms of batches, so that plans are looked up, and whole arrays that are cut up.
    let predict = |calls: usize| -> Result<()> {
        for i in 0..calls {
            std::hint::black_box(model.predict(&rows[i % 2], Predict::new())?);
        }
        Ok(())
    };
    predict(5_000)?;
    let before = resident();
    assert!(before > 0, "the system says how much memory is in use");
    predict(100_000)?;
    let after = resident();
    // A single byte that stayed from each call would be 24 pages.
    assert!(after <= before + 16, "{before} pages before, {after} after");
    assert_eq!(model.predict(&rows[0], Predict::new())?, wanted);
    Ok(())
}
