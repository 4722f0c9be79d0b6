"""Reading and clustering data with NumPy, pandas and scikit-learn on one thread.

Started by benchmarks/data/data.ts with the folder of the MNIST files, a CSV file and the folder of the mails. Reads one
JSON request a line ({"job"}), answers with one line ({"ms", "cpu", "note"}): wall and processor time of the job.
"""

import glob
import json
import sys
import time

import numpy as np
import pandas as pd
import sklearn
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from threadpoolctl import threadpool_limits

threadpool_limits(1)
mnist, csv_file, mails = sys.argv[1:]


def idx(name, offset):
    with open(f"{mnist}/{name}", "rb") as file:
        return np.frombuffer(file.read(), dtype=np.uint8)[offset:]


def read_idx():
    parts = [
        (idx(f"{part}-images-idx3-ubyte", 16).reshape(-1, 784), idx(f"{part}-labels-idx1-ubyte", 8))
        for part in ("train", "t10k")
    ]
    return " and ".join(str(len(x)) for x, _ in parts) + " images"


def read_csv():
    table = pd.read_csv(csv_file)
    return f"{table.size} cells, {int(table.isna().sum().sum())} missing"


images = {}


def cluster(algorithm, dtype):
    def run():
        pixels = images.setdefault(dtype, idx("train-images-idx3-ubyte", 16).reshape(60000, 784).astype(dtype))
        start = time.perf_counter(), time.process_time()
        model = KMeans(10, init=pixels[:10].copy(), n_init=1, algorithm=algorithm).fit(pixels)
        return f"{model.n_iter_} iterations, inertia {model.inertia_:.6g}", start

    return run


texts = []


def vectorize(vectorizer):
    def run():
        if not texts:
            for group in ("easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"):
                for name in sorted(glob.glob(f"{mails}/{group}/*.txt")):
                    with open(name, "rb") as file:
                        texts.append(file.read().decode("utf8", "replace"))
        start = time.perf_counter(), time.process_time()
        found = vectorizer().fit_transform(texts)
        return f"{found.shape[1]} words, {found.nnz} entries", start

    return run


JOBS = {
    "idx": read_idx,
    "csv": read_csv,
    "count": vectorize(CountVectorizer),
    "tfidf": vectorize(lambda: TfidfVectorizer(max_features=5000)),
    "kmeans lloyd float64": cluster("lloyd", np.float64),
    "kmeans elkan float64": cluster("elkan", np.float64),
    "kmeans lloyd float32": cluster("lloyd", np.float32),
    "kmeans elkan float32": cluster("elkan", np.float32),
}

version = f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}, pandas {pd.__version__}"
print(json.dumps({"version": version}), flush=True)
for line in sys.stdin:
    start = time.perf_counter(), time.process_time()
    result = JOBS[json.loads(line)["job"]]()
    # A job that first prepares its input says when it began.
    note, start = result if isinstance(result, tuple) else (result, start)
    ms = [1000 * (end - begin) for begin, end in zip(start, (time.perf_counter(), time.process_time()))]
    print(json.dumps({"ms": ms[0], "cpu": ms[1], "note": note}), flush=True)
