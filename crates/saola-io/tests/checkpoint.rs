//! Checkpoints of ours: round trips, directories of them, and deletion.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;
    use saola_io::{
        CheckpointReader, CheckpointState, CheckpointWriter, checkpoint_prefix, latest_checkpoint,
        remove_checkpoint,
    };
    use saola_tensor::{DType, ErrorKind, Shape, StrArray, Tensor};

    fn write(prefix: &Path, tensors: &[(String, Tensor)]) {
        let mut writer = CheckpointWriter::new(prefix);
        tensors.iter().for_each(|(name, tensor)| writer.add(name, tensor).unwrap());
        writer.finish().unwrap();
    }

    fn some(dtype: DType, shape: Shape) -> Tensor {
        let n = shape.elements();
        if dtype == DType::Str {
            let strings: StrArray = (0..n).map(|i| "x".repeat(i * 37)).collect();
            return Tensor::from_strings(strings, shape).unwrap();
        }
        let values: Vec<i64> = (0..n as i64).collect();
        Tensor::new(values, shape).unwrap().cast(dtype).unwrap()
    }

    #[test]
    fn every_dtype_and_shape_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("made/for/it/model.ckpt-1");
        let shapes = [Shape::scalar(), [0].into(), [4, 0, 2].into(), [7].into(), [2, 3, 5].into()];
        let mut tensors = Vec::new();
        for dtype in DType::ALL {
            for shape in &shapes {
                tensors.push((format!("{dtype}/{shape}"), some(dtype, shape.clone())));
            }
        }
        write(&prefix, &tensors);
        let reader = CheckpointReader::open(&prefix).unwrap();
        assert_eq!(reader.names().len(), tensors.len());
        for (name, tensor) in &tensors {
            assert_eq!(&reader.read(name).unwrap(), tensor, "{name}");
        }
        assert_eq!(fs::read_dir(prefix.parent().unwrap()).unwrap().count(), 2);
    }

    #[test]
    fn thousands_of_names_come_back_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("m");
        let tensors: Vec<_> =
            (0..20_000).map(|i| (format!("block_{i:05}/attention/query/kernel"), Tensor::from(i))).collect();
        write(&prefix, &tensors);
        let reader = CheckpointReader::open(&prefix).unwrap();
        assert!(reader.names().eq(tensors.iter().map(|(name, _)| name.as_str())));
        for i in [0, 1, 17, 7200, 19_999] {
            assert_eq!(reader.read(&tensors[i as usize].0).unwrap().item::<i32>().unwrap(), i);
        }
    }

    #[test]
    fn an_empty_checkpoint_is_one() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("m"), &[]);
        let reader = CheckpointReader::open(dir.path().join("m")).unwrap();
        assert_eq!(reader.names().len(), 0);
        assert_eq!(reader.read("x").unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn the_wrong_path_says_which_is_right() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("m");
        write(&prefix, &[("a".into(), Tensor::from(1.0f32))]);
        for wrong in ["m.index", "m.data-00000-of-00001"] {
            let error = CheckpointReader::open(dir.path().join(wrong)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(error.to_string().contains(&format!("here `{}`", prefix.display())), "{error}");
        }
        let error = CheckpointReader::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains("latest_checkpoint"), "{error}");
    }

    /// A directory with checkpoints of these steps, listed.
    fn model_dir(steps: &[i64]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for &step in steps {
            write(&checkpoint_prefix(dir.path(), step), &[("global_step".into(), Tensor::from(step))]);
        }
        CheckpointState::new(steps.iter().map(|s| format!("model.ckpt-{s}"))).write(dir.path()).unwrap();
        dir
    }

    #[test]
    fn the_newest_whole_checkpoint_is_the_latest() {
        let dir = model_dir(&[0, 100, 200]);
        let latest = || latest_checkpoint(dir.path()).unwrap();
        assert_eq!(latest(), Some(checkpoint_prefix(dir.path(), 200)));
        // A stop between the data and the index of the next one: neither is listed.
        fs::write(dir.path().join("model.ckpt-300.data-00000-of-00001"), "half").unwrap();
        assert_eq!(latest(), Some(checkpoint_prefix(dir.path(), 200)));
        let index = dir.path().join("model.ckpt-200.index");
        let bytes = fs::read(&index).unwrap();
        fs::write(&index, &bytes[..bytes.len() - 1]).unwrap();
        // Going on from an earlier one, or from nothing, must be the user's decision.
        let error = latest_checkpoint(dir.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Format);
        assert!(error.to_string().contains("model_checkpoint_path: \"model.ckpt-100\""), "{error}");
        fs::remove_file(dir.path().join("model.ckpt-100.data-00000-of-00001")).unwrap();
        let error = latest_checkpoint(dir.path()).unwrap_err();
        assert!(error.to_string().contains("model_checkpoint_path: \"model.ckpt-0\""), "{error}");
        assert_eq!(remove_checkpoint(checkpoint_prefix(dir.path(), 0)).unwrap(), 2);
        assert!(latest_checkpoint(dir.path()).unwrap_err().to_string().contains("to start afresh"));
        fs::remove_file(&index).unwrap();
        assert_eq!(latest_checkpoint(dir.path()).unwrap_err().kind(), ErrorKind::NotFound);
        fs::remove_file(dir.path().join("checkpoint")).unwrap();
        assert_eq!(latest(), None);
    }

    #[test]
    fn a_prefix_is_overwritten_in_one_step() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("weights");
        for (value, file) in [(1i64, "of-00001"), (2, "of-00002"), (3, "of-00001"), (4, "of-00002")] {
            write(&prefix, &[("v".into(), Tensor::from(value))]);
            let reader = CheckpointReader::open(&prefix).unwrap();
            assert_eq!(reader.read("v").unwrap(), Tensor::from(value));
            let names: Vec<String> = fs::read_dir(dir.path())
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .filter(|n| n.contains(".data-"))
                .collect();
            assert!(names.iter().all(|n| n.ends_with(file)), "{names:?}");
        }
    }

    #[test]
    fn a_data_file_that_is_too_short_is_an_error() {
        let dir = model_dir(&[1, 2]);
        fs::write(dir.path().join("model.ckpt-2.data-00000-of-00001"), [0; 7]).unwrap();
        assert!(latest_checkpoint(dir.path()).unwrap_err().to_string().contains("7 bytes"));
        let error = CheckpointReader::open(checkpoint_prefix(dir.path(), 2)).unwrap_err().to_string();
        for part in ["data-00000-of-00001", "global_step", "8 bytes at byte 0", "7 bytes"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn absolute_paths_and_empty_directories() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(latest_checkpoint(dir.path()).unwrap(), None);
        let elsewhere = tempfile::tempdir().unwrap();
        let prefix = checkpoint_prefix(elsewhere.path(), 5);
        write(&prefix, &[("a".into(), Tensor::from(1.0f32))]);
        CheckpointState::new([prefix.to_str().unwrap()]).write(dir.path()).unwrap();
        assert_eq!(latest_checkpoint(dir.path()).unwrap(), Some(prefix));
        fs::write(dir.path().join("checkpoint"), "model_checkpoint_path: oops").unwrap();
        let error = latest_checkpoint(dir.path()).unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }

    #[test]
    fn writing_over_a_checkpoint_replaces_it() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("m");
        write(&prefix, &[("a".into(), Tensor::from(1.0f32)), ("b".into(), Tensor::from(2.0f32))]);
        write(&prefix, &[("a".into(), Tensor::from([3i32, 4]))]);
        let reader = CheckpointReader::open(&prefix).unwrap();
        assert_eq!(reader.names().collect::<Vec<_>>(), ["a"]);
        assert_eq!(reader.read("a").unwrap(), Tensor::from([3i32, 4]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_names_and_values_come_back(
            tensors in prop::collection::btree_map("[^\0].{0,20}", prop::collection::vec(any::<i64>(), 0..20), 0..40)
        ) {
            let dir = tempfile::tempdir().unwrap();
            let tensors: Vec<_> = tensors.into_iter().map(|(name, v)| (name, Tensor::from(v))).collect();
            write(&dir.path().join("m"), &tensors);
            let reader = CheckpointReader::open(dir.path().join("m")).unwrap();
            for (name, tensor) in &tensors {
                prop_assert_eq!(&reader.read(name).unwrap(), tensor);
            }
        }
    }
}
