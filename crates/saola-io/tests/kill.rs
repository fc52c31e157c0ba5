//! A process that is killed while it saves checkpoints leaves one that can be used.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use saola_io::{
        CheckpointReader, CheckpointState, CheckpointWriter, checkpoint_prefix, checkpoint_step,
        latest_checkpoint, remove_checkpoint,
    };
    use saola_tensor::{Result, Tensor};

    /// Tells the test below, run as a process of its own, where to write.
    const DIR: &str = "SAOLA_IO_KILL_TEST_DIR";

    /// Saves step after step, as a training loop that keeps the last two.
    fn save_forever(dir: &Path) -> Result<()> {
        let first = latest_checkpoint(dir)?.and_then(checkpoint_step).map_or(0, |step| step + 1);
        let mut kept: Vec<i64> = Vec::new();
        for step in first.. {
            let prefix = checkpoint_prefix(dir, step);
            let mut writer = CheckpointWriter::new(&prefix);
            writer.add("global_step", &Tensor::from(step))?;
            writer.add("kernel", &Tensor::full(step as f32, [300, 300])?)?;
            writer.finish()?;
            kept.push(step);
            let old = if kept.len() > 2 { Some(kept.remove(0)) } else { None };
            CheckpointState::new(kept.iter().map(|s| format!("model.ckpt-{s}"))).write(dir)?;
            if let Some(old) = old {
                remove_checkpoint(checkpoint_prefix(dir, old))?;
            }
        }
        Ok(())
    }

    /// The newest step that the directory lists, -1 for none.
    fn listed(dir: &Path) -> i64 {
        let state = CheckpointState::read(dir).unwrap_or_default();
        state.and_then(|s| checkpoint_step(s.model_checkpoint_path)).unwrap_or(-1)
    }

    /// Does nothing unless the other test runs it.
    #[test]
    fn writer_process() {
        if let Some(dir) = std::env::var_os(DIR) {
            save_forever(&PathBuf::from(dir)).unwrap();
        }
    }

    #[test]
    fn a_kill_at_any_moment_leaves_a_whole_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        let mut last = -1;
        for round in 0..12 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "tests::writer_process"])
                .env(DIR, dir.path())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let started = Instant::now();
            while listed(dir.path()) <= last {
                assert!(started.elapsed() < Duration::from_secs(60), "no checkpoint in round {round}");
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_micros(1_300 * round));
            child.kill().unwrap();
            child.wait().unwrap();
            let prefix = latest_checkpoint(dir.path()).unwrap().unwrap();
            let step = checkpoint_step(&prefix).unwrap();
            let reader = CheckpointReader::open(&prefix).unwrap();
            assert!(step > last, "step {step} after {last}");
            assert_eq!(reader.read("global_step").unwrap().item::<i64>().unwrap(), step);
            let kernel = reader.read("kernel").unwrap();
            assert!(kernel.as_slice::<f32>().unwrap().iter().all(|&x| x == step as f32));
            last = step;
        }
    }
}
