"""How long Optuna takes to suggest ten numbers after n finished trials, for benchmarks/search/waiting.ts.

The first line tells the version. Then requests {"sampler", "trials", "asks"}, each answered by {"ms": [...], "cpu": [...]}: times by
the clock and of the processor of so many suggestions in a row, each told before the next. A study with random trials is made at the first request of a pair; CMA-ES, which
learns only from its own trials, makes them itself.
"""

import json
import random
import sys
import time
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")

NAMES = [f"x{i}" for i in range(10)]
RANGE = optuna.distributions.FloatDistribution(0, 1)
SAMPLERS = {
    "tpe": lambda: optuna.samplers.TPESampler(seed=0),
    "gp": lambda: optuna.samplers.GPSampler(seed=0),
    "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=0),
    "random": lambda: optuna.samplers.RandomSampler(seed=0),
}
draws = random.Random(0)


def bowl(params):
    return sum((params[name] - 0.3 - 0.05 * i) ** 2 for i, name in enumerate(NAMES)) + 0.02 * draws.gauss(0, 1)


def suggest(study):
    began, cpu = time.perf_counter(), time.process_time()
    trial = study.ask()
    params = {name: trial.suggest_float(name, 0, 1) for name in NAMES}
    elapsed = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu)
    study.tell(trial, bowl(params))
    return elapsed


def filled(sampler, trials):
    study = optuna.create_study(sampler=SAMPLERS[sampler]())
    if sampler == "cmaes":
        while len(study.get_trials(deepcopy=False)) < trials:
            suggest(study)
        return study
    for _ in range(trials):
        params = {name: draws.random() for name in NAMES}
        study.add_trial(
            optuna.trial.create_trial(
                params=params, distributions={name: RANGE for name in NAMES}, value=bowl(params)
            )
        )
    return study


print(json.dumps({"version": f"Optuna {optuna.__version__}"}), flush=True)
studies = {}
for line in sys.stdin:
    request = json.loads(line)
    key = (request["sampler"], request["trials"])
    if key not in studies:
        studies = {key: filled(*key)}
    clock, cpu = zip(*(suggest(studies[key]) for _ in range(request["asks"])))
    print(json.dumps({"ms": clock, "cpu": cpu}), flush=True)
