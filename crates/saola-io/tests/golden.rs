//! Checkpoints that TensorFlow wrote, against the values that it says are in them.

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use saola_io::{CheckpointReader, CheckpointWriter, checkpoint_step, latest_checkpoint};
    use saola_tensor::{DType, ErrorKind, Shape, StrArray, Tensor};
    use serde_json::Value;

    fn golden(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)
    }

    fn cases(name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(golden(name)).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        file["cases"].as_array().unwrap().clone()
    }

    fn shape(value: &Value) -> Shape {
        value.as_array().unwrap().iter().map(|d| d.as_u64().unwrap() as usize).collect()
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    fn float(value: &Value) -> f64 {
        match value.as_str() {
            Some(text) => text.parse().unwrap(),
            None => value.as_f64().unwrap(),
        }
    }

    fn tensor(value: &Value) -> Tensor {
        let dtype = DType::from_keras_name(value["dtype"].as_str().unwrap()).unwrap();
        let (shape, data) = (shape(&value["shape"]), value["data"].as_array().unwrap());
        match dtype {
            DType::Str => {
                let strings: StrArray = data.iter().map(|v| unhex(v.as_str().unwrap())).collect();
                Tensor::from_strings(strings, shape).unwrap()
            }
            DType::Bool => {
                let data: Vec<bool> = data.iter().map(|v| v.as_bool().unwrap()).collect();
                Tensor::new(data, shape).unwrap()
            }
            _ if dtype.is_float() => {
                let data: Vec<f64> = data.iter().map(float).collect();
                Tensor::new(data, shape).unwrap().cast(dtype).unwrap()
            }
            _ => {
                let data: Vec<i64> = data.iter().map(|v| v.as_i64().unwrap()).collect();
                Tensor::new(data, shape).unwrap().cast(dtype).unwrap()
            }
        }
    }

    #[test]
    fn every_dtype_of_tensorflow_is_read() {
        let reader = CheckpointReader::open(golden("checkpoint_dtypes/all")).unwrap();
        let cases = cases("checkpoint_dtypes/expected.json");
        assert_eq!(reader.names().len(), cases.len() + 1);
        for case in &cases {
            let name = case["name"].as_str().unwrap();
            let expected = tensor(&case["tensor"]);
            assert_eq!(reader.read(name).unwrap(), expected, "{name}");
            let entry = reader.entry(name).unwrap();
            assert_eq!((entry.dtype, &entry.shape), (expected.dtype(), expected.shape()));
        }
        let signs = reader.read("extreme/float32").unwrap().to_vec::<f32>().unwrap();
        assert!(signs[1].is_sign_negative() && signs[1] == 0.0);
    }

    #[test]
    fn a_dtype_without_a_counterpart_is_listed_and_named() {
        let reader = CheckpointReader::open(golden("checkpoint_dtypes/all")).unwrap();
        assert!(reader.contains("other/int8"));
        let error = reader.read("other/int8").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DType);
        assert!(error.to_string().contains("DT_INT8"), "{error}");
    }

    #[test]
    fn several_data_files_and_a_variable_in_parts() {
        let reader = CheckpointReader::open(golden("checkpoint_sharded/both")).unwrap();
        let names: Vec<_> = reader.names().collect();
        assert_eq!(names, ["a/kernel", "b/kernel", "part", "z/bias"]);
        for case in cases("checkpoint_sharded/expected.json") {
            let name = case["name"].as_str().unwrap();
            assert_eq!(reader.read(name).unwrap(), tensor(&case["tensor"]), "{name}");
        }
        let error = reader.read("part").unwrap_err();
        assert!(error.to_string().contains("saved in parts"), "{error}");
        assert_eq!(&reader.entry("part").unwrap().shape[..], [2, 2]);
    }

    #[test]
    fn model_dirs_of_estimators_are_read() {
        for (dir, step) in [("estimator_iris", 100), ("estimator_columns", 50)] {
            let prefix = latest_checkpoint(golden(dir)).unwrap().unwrap();
            assert_eq!(checkpoint_step(&prefix), Some(step));
            let reader = CheckpointReader::open(&prefix).unwrap();
            let case = &cases(&format!("{dir}/expected.json"))[0];
            assert_eq!(prefix.file_name().unwrap().to_str(), case["checkpoint"].as_str());
            let variables = case["variables"].as_array().unwrap();
            let names: Vec<_> = variables.iter().map(|v| v["name"].as_str().unwrap()).collect();
            assert_eq!(reader.names().collect::<Vec<_>>(), names);
            for variable in variables {
                let name = variable["name"].as_str().unwrap();
                let read = reader.read(name).unwrap();
                assert_eq!(read.dtype().keras_name(), variable["dtype"].as_str().unwrap(), "{name}");
                assert_eq!(read.shape(), &shape(&variable["shape"]), "{name}");
            }
            assert_eq!(reader.read("global_step").unwrap().item::<i64>().unwrap(), step);
            let error = reader.read("hiddenlayer_0/kernel").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(error.to_string().contains("did you mean `dnn/hiddenlayer_0/kernel`"), "{error}");
        }
    }

    /// The network of the estimator, computed here from the variables that were read: what is read is not only
    /// of the right shape.
    #[test]
    fn the_iris_network_computes_what_tensorflow_computed() {
        let dir = "estimator_iris";
        let reader = CheckpointReader::open(latest_checkpoint(golden(dir)).unwrap().unwrap()).unwrap();
        let case = &cases(&format!("{dir}/expected.json"))[0];
        let variable = |name: &str| reader.read(name).unwrap().to_vec::<f32>().unwrap();
        let columns = ["PetalLength", "PetalWidth", "SepalLength", "SepalWidth"]
            .map(|name| tensor(&case["features"][name]).to_vec::<f32>().unwrap());
        let logits = tensor(&case["predictions"]["logits"]);
        let expected = logits.as_slice::<f32>().unwrap();
        for row in 0..30 {
            let mut x: Vec<f32> = columns.iter().map(|c| c[row]).collect();
            for layer in ["hiddenlayer_0", "hiddenlayer_1", "logits"] {
                let kernel = variable(&format!("dnn/{layer}/kernel"));
                let mut y = variable(&format!("dnn/{layer}/bias"));
                let width = y.len();
                for (j, out) in y.iter_mut().enumerate() {
                    *out += x.iter().enumerate().map(|(i, v)| v * kernel[i * width + j]).sum::<f32>();
                    if layer != "logits" {
                        *out = out.max(0.0);
                    }
                }
                x = y;
            }
            for (found, wanted) in x.iter().zip(&expected[row * 3..]) {
                assert!((found - wanted).abs() < 1e-5, "row {row}: {found} instead of {wanted}");
            }
        }
    }

    #[test]
    fn a_copy_of_a_checkpoint_of_tensorflow_has_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["estimator_iris/model.ckpt-100", "estimator_columns/model.ckpt-50"] {
            let (from, to) = (golden(name), dir.path().join(name));
            let reader = CheckpointReader::open(&from).unwrap();
            let mut writer = CheckpointWriter::new(&to);
            for variable in reader.names() {
                writer.add(variable, &reader.read(variable).unwrap()).unwrap();
            }
            writer.finish().unwrap();
            for suffix in [".index", ".data-00000-of-00001"] {
                let read = |prefix: &PathBuf| std::fs::read(format!("{}{suffix}", prefix.display())).unwrap();
                assert!(read(&from) == read(&to), "{name}{suffix}");
            }
        }
    }
}
