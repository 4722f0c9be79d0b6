"""Training steps of the recurrent networks with Keras on TensorFlow, one thread, the same work as in recurrent.ts.

Started with the folder of the MNIST files and the number of rows. Reads one JSON request a line ({"network",
"optimizer", "form", "batch", "steps"}), answers with one line ({"ms": time of one step}). Forms: "installed": `fit` as
it is; "best": all steps in one execution; "compiled": that, with XLA.
"""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

import keras
from keras import layers


def read(folder, name, offset):
    return np.frombuffer(open(f"{folder}/{name}", "rb").read(), dtype=np.uint8)[offset:].copy()


folder, rows = sys.argv[1], int(sys.argv[2])
X = read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 28, 28)[:rows]
Y = read(folder, "train-labels-idx1-ubyte", 8)[:rows].astype(np.int32)


def classifier(cell, units):
    return keras.Sequential([
        keras.Input((28, 28), dtype="uint8"), layers.Rescaling(1 / 255),
        cell(units), layers.Dropout(0.2), layers.Dense(10),
    ])


NETWORKS = {
    "lstm64": lambda: classifier(layers.LSTM, 64),
    "lstm128": lambda: classifier(layers.LSTM, 128),
    "gru64": lambda: classifier(layers.GRU, 64),
    "gru128": lambda: classifier(layers.GRU, 128),
}


class Trainer:
    def __init__(self, network, optimizer, form):
        keras.utils.set_random_seed(0)
        self.net = NETWORKS[network]()
        self.kind = keras.optimizers.Adam() if optimizer == "adam" else keras.optimizers.SGD(0.01, momentum=0.9)
        self.form = form
        self.compiled = 0

    def run(self, batch, steps):
        execution = 1 if self.form == "installed" else steps
        if self.compiled != execution:
            self.net.compile(
                self.kind, keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                jit_compile=True if self.form == "compiled" else "auto", steps_per_execution=execution,
            )
            self.compiled = execution
            self.net.fit(X[: batch * steps], Y[: batch * steps], batch_size=batch, verbose=0)
        begun = time.perf_counter()
        self.net.fit(X[: batch * steps], Y[: batch * steps], batch_size=batch, verbose=0)
        return (time.perf_counter() - begun) * 1000 / steps


trainers = {}
print(json.dumps({"version": f"Keras {keras.__version__} on TensorFlow {tf.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["network"], request["optimizer"], request["form"])
    if key not in trainers:
        trainers[key] = Trainer(*key)
    print(json.dumps({"ms": trainers[key].run(request["batch"], request["steps"])}), flush=True)
