"""Loads exports with TensorFlow and compares what they answer with what saola predicts.

    cargo run -p saola-estimator --example saved_models -- FOLDER
    cargo run -p saola-keras --example saved_layers -- FOLDER
    python tools/check_saved_model.py FOLDER

Needs a Python with tensorflow (2.15 and 2.21 were tried). Every case of FOLDER has two exports, one that parses serialized
examples and one that takes raw features, and `expected.json` with the features and the predictions of saola. Each signature
of each export is asked in batches of different sizes, by `tf.saved_model.load` and by `tf.compat.v1.saved_model.load`, and
each output compared; the graph in the folder of each model is read; exports of single layers are
asked for what Keras computed; the script ends with an error if one differs or a signature is missing.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf
from google.protobuf import text_format

try:
    from tensorboard.backend import process_graph
except ImportError:  # TensorFlow comes without it since 2.21.
    process_graph = None

# Sums are taken in another order.
TOLERANCE = 2e-6

# Which prediction an output of a signature of this method is.
ANSWERS = {
    "tensorflow/serving/classify": {"classes": ["all_classes", "classes"], "scores": ["probabilities"]},
    "tensorflow/serving/regress": {"outputs": ["logistic", "predictions"]},
}


# Of a model with several heads, the one that is asked by default.
FIRST = "kind"


def array(value):
    values = value["values"]
    if value["dtype"] == "str":
        values = [v.encode() for v in values]
        return np.array(values, dtype=object).reshape(value["shape"])
    kind = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "i32": np.int32, "u8": np.uint8, "bool": np.bool_}[value["dtype"]]
    # What is not finite stands there as a word.
    values = [float(v) if isinstance(v, str) else v for v in values]
    return np.array(values, dtype=kind).reshape(value["shape"])


def only_folder(path):
    (folder,) = path.iterdir()
    assert len(folder.name) == 10 and folder.name.isdigit(), folder
    return folder


def wanted(method, signature, output, predictions):
    """The prediction of saola that `output` is, given those of one head or of all."""
    names = ANSWERS.get(method, {}).get(output, [output])
    head = FIRST if signature == "serving_default" else signature.split("/")[0]
    for prefix in ["", f"{head}/"]:
        for name in names:
            if prefix + name in predictions:
                return predictions[prefix + name]
    raise AssertionError(f"signature {signature}: what is the output {output}? There are {list(predictions)}")


def compare(where, got, expected):
    if expected.dtype == object:
        got = np.array([v for v in got.ravel()], dtype=object).reshape(got.shape)
        assert got.shape == expected.shape and (got == expected).all(), f"{where}: {got} is not {expected}"
        return 0.0
    assert got.shape == expected.shape and got.dtype == expected.dtype, f"{where}: {got.shape} {got.dtype}"
    if expected.dtype.kind == "f":
        assert (np.isnan(got) == np.isnan(expected)).all(), f"{where}: other places are no numbers"
        got, expected = np.nan_to_num(got), np.nan_to_num(expected)
    difference = np.abs(got.astype(np.float64) - expected.astype(np.float64))
    worst = float((difference / np.maximum(1.0, np.abs(expected))).max(initial=0.0))
    assert worst <= TOLERANCE, f"{where}: differs by {worst} in {difference.argmax()}"
    return worst


def feeds(kind, inputs, records, part):
    if kind == "raw":
        return {name: value[part] for name, value in inputs.items()}
    return np.array(records, dtype=object)[part]


def check(case, kind):
    expected = json.loads((case / "expected.json").read_text())
    predictions = {name: array(v) for name, v in expected[kind].items()}
    inputs = {name: array(v) for name, v in expected["inputs"].items()}
    records = [r.numpy() for r in tf.data.TFRecordDataset(str(case / "examples.tfrecord"))]
    folder = only_folder(case / kind)
    model = tf.saved_model.load(str(folder))
    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default():
        meta = tf.compat.v1.saved_model.load(session, ["serve"], str(folder))
    assert "serving_default" in meta.signature_def, list(meta.signature_def)
    rows = len(records)
    worst = 0.0
    for name, definition in sorted(meta.signature_def.items()):
        function = model.signatures[name]
        for part in [slice(0, rows), slice(0, 1), slice(3, 10)]:
            fed = feeds(kind, inputs, records, part)
            if kind == "raw":
                eager = function(**{k: tf.constant(v) for k, v in fed.items()})
                fed = {definition.inputs[k].name: v for k, v in fed.items()}
            else:
                (key,) = definition.inputs
                eager = function(tf.constant(fed))
                fed = {definition.inputs[key].name: fed}
            assert set(eager) == set(definition.outputs)
            fetched = session.run({k: v.name for k, v in definition.outputs.items()}, fed)
            for output in definition.outputs:
                want = wanted(definition.method_name, name, output, predictions)[part]
                where = f"{case.name}, {kind}, {name}, {output}, rows {part.start} to {part.stop}"
                worst = max(worst, compare(where, eager[output].numpy(), want))
                worst = max(worst, compare(where + ", in a session", fetched[output], want))
    return len(meta.signature_def), worst


def check_graph(case):
    """The graph in the model's folder, as text and in the event file, is one that TensorFlow and TensorBoard read."""
    graph = text_format.Parse((case / "model" / "graph.pbtxt").read_text(), tf.compat.v1.GraphDef())
    names = {node.name for node in graph.node}
    for node in graph.node:
        for name in node.input:
            assert name.lstrip("^").split(":")[0] in names, f"{case.name}: {node.name} takes {name}"
    assert "global_step" in names
    (events,) = (case / "model").glob("events.out.tfevents.*")
    found = [e.graph_def for e in tf.compat.v1.train.summary_iterator(str(events)) if e.HasField("graph_def")]
    assert len(found) == 1 and tf.compat.v1.GraphDef.FromString(found[0]) == graph, case.name
    if process_graph:
        process_graph.prepare_graph_for_ui(graph)
    return len(graph.node)


def check_layer(case):
    """A layer alone: what TensorFlow makes of it is what Keras computed."""
    expected = json.loads((case / "layer.json").read_text())
    model = tf.saved_model.load(str(case))
    got = model.signatures["serving_default"](**{k: tf.constant(array(v)) for k, v in expected["inputs"].items()})
    worst = 0.0
    for output, value in expected["outputs"].items():
        name = expected.get("names", {output: output})[int(output.split("_")[1]) if "names" in expected else output]
        worst = max(worst, compare(f"{case.name}, {name}", got[output].numpy(), array(value)))
    return worst


def layers(root):
    cases = sorted(p.parent for p in root.glob("*/layer.json"))
    failed = 0
    worst = 0.0
    for case in cases:
        try:
            worst = max(worst, check_layer(case))
        except Exception as error:  # The other cases are told as well.
            failed += 1
            print(f"WRONG {case.name}: {type(error).__name__}: {str(error)[:600]}")
    print(f"{len(cases) - failed} of {len(cases)} layers answer as Keras does, differing by {worst:.1e} at most")
    return failed


def main():
    root = pathlib.Path(sys.argv[1])
    wrong, failed = layers(root), 0
    cases = sorted(p.parent for p in root.glob("*/expected.json"))
    for case in cases:
        print(f"ok    {case.name:20} graph    {check_graph(case)} nodes")
        for kind in ["parsing", "raw"]:
            try:
                signatures, worst = check(case, kind)
                print(f"ok    {case.name:20} {kind:8} {signatures:2} signatures, differs by {worst:.1e} at most")
            except Exception as error:  # The other cases are told as well.
                failed += 1
                print(f"WRONG {case.name:20} {kind:8} {type(error).__name__}: {str(error)[:1500]}")
    assert cases or any(root.glob("*/layer.json")), f"no cases in {root}"
    print(f"TensorFlow {tf.__version__}: {2 * len(cases) - failed} of {2 * len(cases)} exports answer as saola does")
    sys.exit(wrong + failed > 0)


main()
