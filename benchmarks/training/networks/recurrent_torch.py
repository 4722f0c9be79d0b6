"""Training steps of the recurrent networks with PyTorch on one thread, the same work as in recurrent.ts.

Started with the folder of the MNIST files and the number of rows. Reads one JSON request a line ({"network",
"optimizer", "form", "batch", "steps"}), answers with one line ({"ms": time of one step}). Forms: "installed"; "best":
foreach optimizer; "fused": fused optimizer; "compiled": torch.compile, fused optimizer. torch.nn.LSTM has a second
bias, which costs it nothing: the two are added before its kernel runs.
"""

import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
nn = torch.nn


def read(folder, name, offset):
    return np.frombuffer(open(f"{folder}/{name}", "rb").read(), dtype=np.uint8)[offset:].copy()


folder, rows = sys.argv[1], int(sys.argv[2])
X = torch.from_numpy(read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 28, 28)[:rows].copy())
Y = torch.from_numpy(read(folder, "train-labels-idx1-ubyte", 8)[:rows].astype(np.int64))


class Classifier(nn.Module):
    def __init__(self, cell, units):
        super().__init__()
        self.recurrent = cell(28, units, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(units, 10)

    def forward(self, x):
        sequence, _ = self.recurrent(x)
        return self.dense(self.dropout(sequence[:, -1]))


NETWORKS = {
    "lstm64": lambda: Classifier(nn.LSTM, 64),
    "lstm128": lambda: Classifier(nn.LSTM, 128),
    "gru64": lambda: Classifier(nn.GRU, 64),
    "gru128": lambda: Classifier(nn.GRU, 128),
}


def optimizer_of(kind, form, parameters):
    speed = {"installed": {}, "best": {"foreach": True}, "fused": {"fused": True}, "compiled": {"fused": True}}[form]
    if kind == "adam":
        return torch.optim.Adam(parameters, eps=1e-7, **speed)
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, **speed)


class Trainer:
    def __init__(self, network, optimizer, form, batch):
        torch.manual_seed(0)
        self.net = NETWORKS[network]()
        self.optimizer = optimizer_of(optimizer, form, self.net.parameters())
        self.call = torch.compile(self.net) if form == "compiled" else self.net
        self.loss = nn.CrossEntropyLoss()
        self.batch = batch
        self.order = torch.randperm(rows)
        self.at = 0

    def run(self, steps):
        losses = []
        begun = time.perf_counter()
        for _ in range(steps):
            if self.at + self.batch > rows:
                self.order, self.at = torch.randperm(rows), 0
            index = self.order[self.at : self.at + self.batch]
            self.at += self.batch
            x = X.index_select(0, index).float().mul_(1 / 255)
            y = Y.index_select(0, index)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.call(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).tolist()
        return (time.perf_counter() - begun) * 1000 / steps


trainers = {}
print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["network"], request["optimizer"], request["form"], request["batch"])
    if key not in trainers:
        trainers[key] = Trainer(*key)
    print(json.dumps({"ms": trainers[key].run(request["steps"])}), flush=True)
