"""Times a training step of other programs: reads a name a line, writes
examples per CPU second. One thread, batches of 64, Adam, random data."""

import os
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
warnings.filterwarnings("ignore")

import numpy as np

N, BATCH, CLASSES = 1920, 64, 20
rng = np.random.default_rng(1)
X = rng.standard_normal((N, 600)).astype(np.float32)
Y = rng.integers(0, CLASSES, N)


def sklearn_mlp():
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier((250, 100), batch_size=BATCH, solver="adam", random_state=1)
    net.partial_fit(X, Y, classes=np.arange(CLASSES))
    return lambda: net.partial_fit(X, Y)


def torch_net(build, shape):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = build(nn)
    optimizer = torch.optim.Adam(net.parameters())
    loss = nn.CrossEntropyLoss()
    x, y = torch.from_numpy(X).reshape((N,) + shape), torch.from_numpy(Y)

    def epoch():
        net.train()
        for i in range(0, N, BATCH):
            optimizer.zero_grad(set_to_none=True)
            loss(net(x[i : i + BATCH]), y[i : i + BATCH]).backward()
            optimizer.step()

    return epoch


def torch_mlp():
    return torch_net(
        lambda nn: nn.Sequential(
            nn.Linear(600, 250), nn.ReLU(), nn.Dropout(0.2), nn.Linear(250, 100), nn.ReLU(), nn.Dropout(0.2), nn.Linear(100, CLASSES)
        ),
        (600,),
    )


def torch_cnn():
    return torch_net(
        lambda nn: nn.Sequential(
            nn.Conv1d(6, 32, 5, padding=2), nn.ReLU(), nn.Conv1d(32, 64, 5, padding=2), nn.ReLU(),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, CLASSES),
        ),
        (6, 100),
    )


makers = {"sklearn mlp": sklearn_mlp, "torch mlp": torch_mlp, "torch cnn": torch_cnn}
ready = {}
for line in sys.stdin:
    name = line.strip()
    try:
        if name not in ready:
            ready[name] = makers[name]()
            ready[name]()
    except ImportError:
        print("absent", flush=True)
        continue
    start, epochs = time.process_time(), 0
    while time.process_time() - start < 0.4:
        ready[name]()
        epochs += 1
    print(epochs * N / (time.process_time() - start), flush=True)
