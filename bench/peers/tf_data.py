"""tf.data: files to batches."""
import os
import tempfile

from common import emit, main, mnist, path, timed, version

import tensorflow as tf

PEER, VERSION = "tf.data", version("tensorflow-cpu")
tf.config.threading.set_inter_op_parallelism_threads(int(os.environ.get("SAOLA_THREADS") or os.cpu_count()))
BATCH, AUTO = 256, tf.data.AUTOTUNE


def drain(dataset):
    for _ in dataset:
        pass


def tfrecord():
    x, y = mnist()
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "digits.tfrecord")
        with tf.io.TFRecordWriter(name) as out:
            for image, label in zip(x, y):
                feature = {"x": tf.train.Feature(float_list=tf.train.FloatList(value=image)),
                           "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))}
                out.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
        spec = {"x": tf.io.FixedLenFeature([784], tf.float32), "y": tf.io.FixedLenFeature([], tf.int64)}
        dataset = tf.data.TFRecordDataset(name).batch(BATCH)
        dataset = dataset.map(lambda r: tf.io.parse_example(r, spec), num_parallel_calls=AUTO).prefetch(AUTO)
        emit("tfrecord_rows", PEER, 10000 / timed(lambda: drain(dataset)), "rows/s", version=VERSION)


def csv():
    name = path("census/adult-train.csv")

    def read():
        drain(tf.data.experimental.make_csv_dataset(name, BATCH, num_epochs=1, shuffle=False))

    emit("csv_rows", PEER, 32561 / timed(read, 1, 3), "rows/s", version=VERSION)


main({"tfrecord": (tfrecord, ["tfrecord_rows"]), "csv": (csv, ["csv_rows"])})
