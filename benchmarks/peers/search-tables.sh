#!/bin/sh
# Computes what is missing in benchmarks/search/tables: sh benchmarks/peers/search-tables.sh
# Needs setup.sh and LUTHIER_BENCH_DATA. Cheap samplers first; hours in all, and it may be stopped and started again.
set -eu
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
run() { .venv/bin/python search_peers.py "$@"; }
for suite in lcbench iaml_glmnet nb301 rbv2_xgboost bbob evalset conditional tabular tabular_noisy; do
  run $suite --samplers optuna-default,optuna-random --trials 200 --seeds 5
  run $suite --samplers optuna-default,optuna-random,optuna-tpe-multivariate --trials 100
done
for suite in tabular tabular_noisy; do
  run $suite --samplers optuna-default,optuna-random --trials 100 --seeds 20
done
for suite in lcbench rbv2_xgboost bbob evalset conditional; do
  run $suite --samplers optuna-default,optuna-random --trials 100 --held
done
for suite in tabular tabular_noisy lcbench iaml_glmnet bbob evalset; do
  run $suite --samplers optuna-cmaes --trials 100
done
run tabular --samplers optuna-tpe-independent --trials 100
run conditional --samplers optuna-tpe-independent --trials 100
run conditional --samplers optuna-tpe-independent,optuna-tpe-multivariate --trials 100 --held
# Hyperopt knows no conditions on numbers, which some functions of `conditional` have.
for suite in tabular rbv2_xgboost bbob evalset lcbench iaml_glmnet nb301 tabular_noisy; do
  run $suite --samplers hyperopt-tpe --trials 100
done
for suite in tabular tabular_noisy lcbench iaml_glmnet nb301 rbv2_xgboost bbob evalset conditional; do
  run $suite --samplers optuna-gp --trials 100
done
run conditional --samplers optuna-gp --trials 100 --held
run lesson --samplers optuna-default,optuna-random,hyperopt-tpe --trials 100
run lesson --samplers keras-tuner-bayesian --trials 100 --seeds 3
# Several seconds a suggestion: a part of the tasks, or of the seeds.
run tabular --samplers smac-hpo --trials 100
run bbob --samplers smac-hpo --trials 100 --every 5
run evalset --samplers smac-hpo --trials 100 --every 3
run tabular --samplers skopt-gp --trials 100 --seeds 5
run tabular --samplers ax-default,hebo --trials 100 --seeds 1 --every 5
.venv-pre/bin/python search_peers.py tabular --samplers optuna-default --trials 100
