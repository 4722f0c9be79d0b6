"""Training steps of recurrent classifiers of the 28 x 28 digits with PyTorch on one thread.

A row of pixels is a step: 28 steps of 28 numbers, one LSTM or GRU, dense 10. Same protocol as torch_step.py: started
with the folder of the MNIST files and the number of rows; reads one JSON request a line ({"cell", "units",
"optimizer", "batch", "steps"}), answers with one line ({"ms": time of one step}).
"""

import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)


def read(folder, name, offset):
    return np.frombuffer(open(f"{folder}/{name}", "rb").read(), dtype=np.uint8)[offset:].copy()


folder, rows = sys.argv[1], int(sys.argv[2])
X = torch.from_numpy(read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 28, 28)[:rows].copy())
Y = torch.from_numpy(read(folder, "train-labels-idx1-ubyte", 8)[:rows].astype(np.int64))

OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, eps=1e-7),
    "adam foreach": lambda p: torch.optim.Adam(p, eps=1e-7, foreach=True),
    "adam fused": lambda p: torch.optim.Adam(p, eps=1e-7, fused=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "sgd foreach": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, foreach=True),
    "sgd fused": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, fused=True),
}
CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


class Classifier(torch.nn.Module):
    def __init__(self, cell, units):
        super().__init__()
        self.recurrent = CELLS[cell](28, units, batch_first=True)
        self.dense = torch.nn.Linear(units, 10)

    def forward(self, x):
        sequence, _ = self.recurrent(x)
        return self.dense(sequence[:, -1])


class Trainer:
    def __init__(self, cell, units, optimizer, batch):
        torch.manual_seed(0)
        self.net = Classifier(cell, units)
        self.optimizer = OPTIMIZERS[optimizer](self.net.parameters())
        self.loss = torch.nn.CrossEntropyLoss()
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
            loss = self.loss(self.net(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).tolist()
        return (time.perf_counter() - begun) * 1000 / steps


trainers = {}
print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["cell"], request["units"], request["optimizer"], request["batch"])
    if key not in trainers:
        trainers[key] = Trainer(*key)
    print(json.dumps({"ms": trainers[key].run(request["steps"])}), flush=True)
