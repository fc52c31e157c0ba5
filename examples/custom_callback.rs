//! A callback of one's own, and the training loop opened.
//!
//! `cargo run --release --example custom_callback [FOLDER]`, where FOLDER holds the MNIST test files.

mod mnist_data;

use saola::prelude::*;

/// Ends training once a value has risen above a target.
struct StopAbove {
    metric: &'static str,
    target: f64,
    hit: Option<usize>,
}

impl Callback for StopAbove {
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        if logs.get(self.metric)? >= self.target {
            self.hit = Some(run.epoch());
            run.stop("target reached");
        }
        Ok(())
    }
}

/// Halves the learning rate after every epoch.
struct Halve;

impl Callback for Halve {
    fn on_epoch_end(&mut self, run: &mut Run<'_>, _logs: &Logs) -> Result<()> {
        let rate = run.learning_rate()? / 2.0;
        run.set_learning_rate(rate)
    }
}

fn main() -> Result<()> {
    let digits = mnist_data::load()?;
    let data = (&digits.x_train, &digits.y_train);
    let mut model = Sequential::new()
        .add(Dense::new(64).activation(Relu))
        .add(Dropout::new(0.2))
        .add(Dense::new(10).activation(Softmax));
    model.compile(
        Compile::new(Adam::default(), SparseCategoricalCrossentropy::new()).metric(Accuracy::new()),
    )?;

    // A callback can be lent, and read afterwards.
    let mut stop = StopAbove { metric: "val_accuracy", target: 0.92, hit: None };
    let history = model.fit(data, Fit::epochs(50).validation_split(0.1).callback(&mut stop))?;
    println!("stopped after epoch {:?}: {:?}", stop.hit, history.stopped);
    assert!(stop.hit.is_some());

    // `fit` is a loop that anyone can run; callbacks work in it just the same.
    let mut training = model.train_loop(data, Fit::epochs(2).silent().callback(Halve))?;
    let mut steps = 0;
    while let Some(event) = training.next_event()? {
        match event {
            Event::StepEnd { .. } => steps += 1,
            Event::EpochEnd { epoch, logs } => {
                let rate = training.run().learning_rate()?;
                println!("epoch {epoch}: {steps} steps, loss {:.4}, rate {rate}", logs.get("loss")?);
            }
            Event::EpochBegin { .. } => {}
        }
    }
    let history = training.finish()?;
    println!("losses of the open loop: {:.4?}", history.get("loss")?);
    Ok(())
}
