"""The whole configuration: the groups of keys together, and what must hold between them."""

import graphlib
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from replite.config.data import Cleaning
from replite.config.entry import LONGEST_NAME, TOLD, Entry, Name
from replite.config.export import Export, Variant
from replite.config.measure import Device, Measure, of_each_number_of_threads
from replite.config.report import Report
from replite.config.train import HASHED, WITHOUT_TRANSFORMER, Model, Training
from replite.data.readers import Dataset
from replite.hints import did_you_mean
from replite.tasks import primary, task


class Config(Entry):
    """The whole configuration."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of every draw: generated texts, splits, weights, order of batches. A training gives the same weights again, bit for
    bit, on the same kind of processor with the same packages and as many threads; on others sums are rounded in another order."""
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    """The data sets, by name. `reader` says of which kind each is."""
    cleaning: Cleaning = Cleaning()
    """Cleaning of a text before it is tokenized."""
    models: Annotated[dict[Name, Model], Field(min_length=1)]
    """The models, by name."""
    training: Training = Training()
    """Fine-tuning of all models, unless the `training` of a data set or a model says otherwise."""
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]
    """The variants in which every model is exported, by name."""
    export: Export = Export()
    """Input lengths of exported files, and how they are checked."""
    devices: Annotated[dict[Name, Device], Field(min_length=1)]
    """The devices on which every exported file is measured, by name."""
    measure: Measure = Measure()
    """Measuring of the files on the devices."""
    report: Report = Report()
    """The report: its budgets and parts."""
    baseline: str | None = None
    """Results of another run, a folder or its benchmark.csv, that `snakemake compare` compares with this run's; given with
    `--config baseline=...`, as a rule."""
    crate: Annotated[str | None, Field(exclude=True)] = None
    """A packed study, its zip file or folder, that `snakemake verify` checks in place of this run's results; given with
    `--config crate=...`, as a rule."""
    plan_models: Annotated[list[Name], Field(exclude=True)] = []
    """Models with `enabled: false` that `snakemake plan` plans too; given with `--config plan_models=...`, commas between them,
    as a rule."""

    @field_validator("plan_models", mode="before")
    @classmethod
    def _names_with_commas(cls, names: Any) -> Any:
        return [name.strip() for name in names.split(",")] if isinstance(names, str) else names

    @field_validator("devices", mode="before")
    @classmethod
    def _one_number_of_threads(cls, devices: Any) -> Any:
        return of_each_number_of_threads(devices) if isinstance(devices, dict) else devices

    @model_validator(mode="after")
    def _written_by_the_workflow(self) -> Self:
        for name, entry in self.datasets.items():
            for key, default in (("written", None), ("labelled", True)):
                if getattr(entry, key, default) != default:
                    raise ValueError(f"key 'datasets.{name}.{key}': the workflow alone says it; take it out")
        return self

    @model_validator(mode="after")
    def _draws_of_their_own_names(self) -> Self:
        for name in self.datasets:
            if len(last := self.draws(name)[-1]) > LONGEST_NAME:
                hint = f"a name has {LONGEST_NAME} characters at most; give the data set a shorter one"
                raise ValueError(f"key 'datasets.{name}': its last draw would be called '{last}', and {hint}")
            taken = next((draw for draw in self.draws(name)[1:] if draw in self.datasets), None)
            if taken is not None:
                raise ValueError(f"key 'datasets.{taken}': one of the draws of '{name}' is called so; give it another name")
        return self

    @model_validator(mode="after")
    def _something_enabled(self) -> Self:
        for group in ("datasets", "models", "variants", "devices"):
            if not any(entry.enabled for entry in getattr(self, group).values()):
                raise ValueError(f"every entry of '{group}' has 'enabled: false'; there is nothing to do")
        return self

    @model_validator(mode="after")
    def _models_and_what_they_need(self) -> Self:
        for name, model in self.models.items():
            for key, needed in model.needs.items():
                self._check_needed(name, key, needed)
        try:
            graphlib.TopologicalSorter({name: model.needs.values() for name, model in self.models.items()}).prepare()
        except graphlib.CycleError as error:
            circle = " needs ".join(f"'{name}'" for name in reversed(error.args[1]))
            raise ValueError(f"key 'models': {circle}; start one of them from a checkpoint of its own") from None
        for name, model in self.models.items():
            if model.distillation and model.distillation.hidden_state_weight:
                self._check_states(name, model.distillation.teacher)
            if model.start_dataset is not None:
                _check_known(f"key 'models.{name}.checkpoint'", "data set", model.start_dataset, self.datasets)
        for name in self.plan_models:
            _check_known("key 'plan_models'", "model", name, self.models)
        return self

    @model_validator(mode="after")
    def _budgets_that_can_be_kept(self) -> Self:
        """A limit on what no run tells would be found out after all has been trained and measured."""
        listed = [getattr(self.datasets[name], "labels", None) for name in self.enabled("datasets")]
        labels = dict.fromkeys(label for found in listed for label in found or [])
        for name, budget in self.report.budgets.items():
            where = f"key 'report.budgets.{name}"
            if budget.latency_paused_p95_ms is not None and self.measure.pause_seconds is None:
                hint = "give 'measure.pause_seconds' too, or take the limit out"
                raise ValueError(f"{where}.latency_paused_p95_ms': no text is classified after a pause; {hint}")
            for label in budget.recall if all(listed) else ():
                _check_known(f"{where}.recall'", "label", label, labels)
            for dataset in budget.together:
                _check_known(f"{where}.together'", "enabled data set", dataset, self.enabled("datasets"))
            tasks = dict.fromkeys(self.datasets[dataset].task for dataset in budget.together)
            if budget.score is not None and len({primary(task).column for task in tasks}) > 1:
                of_tasks = ", ".join(f"{primary(task).title} of {task.replace('_', ' ')}" for task in tasks)
                hint = "give 'loss_from_best', which holds for each by its own, or take the limit out"
                raise ValueError(f"{where}.score': one number for metrics that cannot be compared ({of_tasks}); {hint}")
        return self

    @model_validator(mode="after")
    def _n_grams_where_they_will_do(self) -> Self:
        """What a model of n-grams cannot do would be found out when it is trained."""
        by_word = [name for name in self.enabled("datasets") if task(self.datasets[name].task).by_word]
        for name in self.enabled("models"):
            if HASHED not in {entry.model_type for entry in self.lineage(name)}:
                continue
            if self.models[name].vocabulary:
                raise ValueError(f"key 'models.{name}.vocabulary': it is for word pieces, and '{HASHED}' has none; take it out")
            if by_word:
                hint = "give one of them 'enabled: false', or take 'averaged'"
                raise ValueError(f"key 'models.{name}': '{HASHED}' reads whole texts, and '{by_word[0]}' has entities; {hint}")
        return self

    def _check_needed(self, name: str, key: str, needed: str) -> None:
        where = f"key 'models.{name}.{key}'"
        if needed == name:
            raise ValueError(f"{where}: '{name}' cannot start or learn from itself; name another model")
        _check_known(where, "model", needed, self.models)
        on_other_data = key == "checkpoint" and self.models[name].start_dataset is not None
        if self.models[name].enabled and not self.models[needed].enabled and not on_other_data:
            raise ValueError(f"{where}: '{needed}' has 'enabled: false'; enable it, or disable '{name}' too")

    def _check_states(self, *names: str) -> None:
        """Raise `ValueError` if one of a student and its teacher has no states that could be compared."""
        for name in names:
            if any(entry.model_type in WITHOUT_TRANSFORMER for entry in self.lineage(name)):
                key = f"key 'models.{names[0]}.distillation.hidden_state_weight'"
                raise ValueError(f"{key}: '{name}' has no transformer's states; set it to 0, the logits alone teach there")

    def enabled(self, group: Literal["datasets", "models", "variants", "devices"]) -> list[str]:
        """Names of the entries of `group` that take part in the run."""
        return [name for name, entry in getattr(self, group).items() if entry.enabled]

    def draws(self, dataset: str) -> list[str]:
        """Names of a data set's draws, its own first."""
        return [dataset, *(f"{dataset}-{number}" for number in range(1, self.datasets[dataset].draws))]

    @cached_property
    def drawn(self) -> Mapping[str, Dataset]:
        """Every draw of every data set, by name, each with its seed."""
        return {
            draw: entry.model_copy(update={"seed": number + (self.seed if entry.seed is None else entry.seed)})
            for name, entry in self.datasets.items()
            for number, draw in enumerate(self.draws(name))
        }

    def start_of(self, model: str, dataset: str) -> str | None:
        """The data set, or draw of one, on which the model was fine-tuned that the model named starts from when it is fine-tuned
        on `dataset`; None where it starts from none of them.

        A draw starts from itself wherever the data set does: the others' training texts are among its test texts.
        """
        entry = self.models[model]
        if entry.start is None:
            return None
        named = entry.start_dataset
        return dataset if named is None or dataset in self.draws(named) else named

    def lineage(self, model: str) -> list[Model]:
        """The model named, the one it starts from, and so on, to the one that starts from no other of them."""
        entry = self.models[model]
        return [entry, *(self.lineage(entry.start) if entry.start else [])]

    def told_of(self, model: str) -> dict[str, str | None]:
        """`TOLD` of the model named, its own or that of the nearest model it starts from which has it."""
        lineage = self.lineage(model)
        return {key: next((text for entry in lineage if (text := getattr(entry, key))), None) for key in TOLD}

    def sources(self, dataset: str, model: str) -> dict[str, dict[str, str | None]]:
        """`TOLD` of what a file of the model on the data set is made from, as a bundle has it."""
        of_dataset = self.datasets[dataset].model_dump(include={*TOLD})
        return {"checkpoint": self.told_of(model), "dataset": of_dataset}

    def training_of(self, model: str, dataset: str | None = None) -> Training:
        """`training` with the keys that the data set and the model set for themselves; the defaults, one run, where nothing is
        trained."""
        if self.models[model].trained:
            return Training()
        others = [self.drawn[dataset].training] if dataset else []
        changes = [entry.model_dump(exclude_none=True) for entry in (*others, self.models[model].training)]
        return self.training.model_copy(update={key: value for change in changes for key, value in change.items()})

    def without_teacher(self) -> dict[str, str]:
        """By student in the run, the model in the run that differs from it in nothing but `distillation`, where there is one."""

        def all_but_the_teacher(name: str) -> str:
            entry = self.models[name].model_dump_json(exclude={"distillation", "license", "training", *TOLD})
            return entry + self.training_of(name).model_dump_json(exclude={"seeds"})

        names = self.enabled("models")
        alone = {all_but_the_teacher(name): name for name in names if self.models[name].distillation is None}
        students = {name: all_but_the_teacher(name) for name in names if self.models[name].distillation}
        return {name: alone[key] for name, key in students.items() if key in alone}


def _check_known(where: str, kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise ValueError(f"{where}: there is no {kind} '{name}'; {did_you_mean(name, known)}there are: {', '.join(known)}")
