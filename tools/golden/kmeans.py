"""What the real `tf.estimator.experimental.KMeans` makes of given centres, and scikit-learn's `KMeans` of full batches.

Centres that mini batches move are not compared: the real estimator says that a centre is the mean of its n examples so far,
but reads n after the batch has been added to it, so that the batch counts twice in the denominator.

python tools/golden/kmeans.py                      (TensorFlow 2.15 with tensorflow-estimator)
KMEANS_SKLEARN=1 python tools/golden/kmeans.py     (scikit-learn)
"""

import os
import shutil
import tempfile

from common import GOLDEN, TF1, tensor, write

import numpy as np

r = np.random.default_rng(3)
K, STEPS = 4, 7
CENTERS = r.normal(size=(K, 3)).astype("f4") * 1.5
# Groups around the first centres, so that no cluster is ever without examples.
BATCHES = [(CENTERS[r.permutation(np.arange(24) % K)] + r.normal(size=(24, 3)) * 0.7).astype("f4") for _ in range(STEPS)]
POINTS = np.concatenate(BATCHES)


def sklearn():
    from sklearn.cluster import KMeans

    cases = []
    for steps in (1, 2, 6):
        model = KMeans(K, init=CENTERS.astype("f8"), n_init=1, max_iter=steps, tol=0, algorithm="lloyd").fit(POINTS.astype("f8"))
        cases.append(dict(name=f"{steps} steps", steps=steps, centers=tensor(model.cluster_centers_.astype("f4")),
                          index=tensor(model.predict(POINTS.astype("f8")).astype("i8")),
                          distances=tensor(model.transform(POINTS.astype("f8")).astype("f4")[:12])))
    write("kmeans_sklearn.json", "kmeans.py", ["scikit-learn", "numpy"], cases, initial=tensor(CENTERS), points=tensor(POINTS))


def estimator():
    import tensorflow as tf

    KMeans = tf.compat.v1.estimator.experimental.KMeans

    def case(name, metric):
        kept = os.path.join(GOLDEN, "kmeans_" + metric)
        with tempfile.TemporaryDirectory() as folder:
            model = KMeans(K, folder, initial_clusters=CENTERS, distance_metric=metric, use_mini_batch=False)
            data = np.stack(BATCHES)
            model.train(lambda: tf.data.Dataset.from_tensor_slices(data), steps=STEPS)
            one = lambda: tf.data.Dataset.from_tensors(BATCHES[0])
            names = sorted(model.get_variable_names())
            variables = {n: tensor(model.get_variable_value(n)) for n in names}
            predicted = list(model.predict(one))
            os.makedirs(kept, exist_ok=True)
            for file in sorted(os.listdir(folder)):
                if file == "checkpoint" or file.startswith(f"model.ckpt-{STEPS}.") and not file.endswith(".meta"):
                    shutil.copy(os.path.join(folder, file), kept)
            return dict(name=name, metric=metric, variables=variables,
                        index=tensor(np.array([p["cluster_index"] for p in predicted], "i8")),
                        distances=tensor(np.array([p["all_distances"] for p in predicted], "f4")),
                        transformed=tensor(np.array(list(model.transform(one)), "f4")),
                        score=tensor(np.float32(model.score(one))))

    euclidean, cosine = KMeans.SQUARED_EUCLIDEAN_DISTANCE, KMeans.COSINE_DISTANCE
    cases = [case(m, m) for m in (euclidean, cosine)]
    write("kmeans.json", "kmeans.py", TF1, cases, initial=tensor(CENTERS), batches=tensor(np.stack(BATCHES)))


sklearn() if os.environ.get("KMEANS_SKLEARN") else estimator()
