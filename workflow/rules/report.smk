"""Stage 5, report.

Needs: the records and samples of all cells, the exports' manifests and answers, the models' metrics, the data sets' cards, training
and validation splits.
Makes, in results/report/<name>/: benchmark.csv (one row a cell), models.csv (one row a model), recommendation.json (what to run on
which device), figures/*.svg, *.pdf and *.png, and report.html, which opens offline.
"""

from itertools import product

from replite.report.figures import FORMATS, figures

SUSTAINED = "--sustained" if CONFIG.measure.sustained_seconds else ""
FIGURES = figures(DATASETS, sustained=bool(SUSTAINED))
CELLS = [list(cell) for cell in product(DATASETS, MODELS, VARIANTS, DEVICES)]
ALL_CELLS = dict(dataset=DATASETS, model=MODELS, variant=VARIANTS, device=DEVICES)
STAGES = " ".join(option(f"--{stage}", f"{RESULTS}/{stage}") for stage in ("data", "train", "export", "measure"))
OF_CELLS = f"{option('--expected', in_file(CELLS))} {STAGES}"
SETTINGS = CONFIG.report.of_the_page.model_dump_json()  # budgets in their own order
CHOICE = CONFIG.report.without("name", "title", "studies", "regression").model_dump_json()
BAGS_OF_WORDS = (
    expand(
        [rules.bag_of_words.output.metrics, rules.bag_of_words.output.predictions],
        dataset=DATASETS,
    )
    if CONFIG.report.bag_of_words
    else []
)
STUDIES = " ".join(option("--study", study) for study in CONFIG.report.studies)
STUDY_FILES = []
for study in CONFIG.report.studies:

    include: f"{study}.smk"


rule merge:
    """Compute each cell's statistics and merge all cells into one table, and all models into another."""
    input:
        records=expand(rules.measure.output.record, **ALL_CELLS),
        samples=expand(rules.measure.output.samples, **ALL_CELLS),
        manifests=expand(rules.export.output.manifest, **ALL_CELLS),
        metrics=expand(rules.train.output.metrics, **ALL_CELLS),
        predictions=expand(rules.train.output.predictions, **ALL_CELLS),
        seeds=expand(rules.seeds.output, **ALL_CELLS),
        training=(expand(rules.prepare_data.output.train, dataset=DATASETS) if CONFIG.report.studies else []),
        code=code("merge", ""),
        decided=decided("merge", lambda wildcards: [CELLS, CONFIG.report.studies]),
    output:
        benchmark=of_the_report("benchmark.csv", "All cells"),
        models=of_the_report("models.csv", "All models"),
    log:
        "results/logs/merge.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
        unmeasured=UNMEASURED,
        studies=STUDIES,
    shell:
        'python "$REPLITE"/workflow/scripts/merge.py {params.of_cells}'
        " --unmeasured {params.unmeasured:q} {params.studies} --output {output.benchmark:q} --models {output.models:q}"
        " 2>&1 | tee -i {log:q}"


CHOOSE_FROM = dict(
    benchmark=rules.merge.output.benchmark,
    manifests=expand(rules.export.output.manifest, **ALL_CELLS),
    predictions=expand(rules.export.output.predictions, **ALL_CELLS),
    train=expand(rules.prepare_data.output.train, **ALL_CELLS),
    validation=expand(rules.prepare_data.output.validation, **ALL_CELLS),
    bag_of_words=BAGS_OF_WORDS,
)


include: "together.smk"
include: "draws.smk"
include: "operators.smk"


rule choose:
    """Choose the file to run on each device within each budget, or the set of files."""
    input:
        **CHOOSE_FROM,
        candidates=rules.candidates.output if TOGETHER else [],
        together=expand(rules.run_together.output, device=TOGETHER_DEVICES),
        code=code("choose", ""),
        decided=decided("choose", lambda wildcards: [CELLS, CHOICE]),
    output:
        of_the_report("recommendation.json", "Answers"),
    log:
        "results/logs/choose.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
        settings=in_file(CHOICE),
        candidates="--candidates" if TOGETHER else "",
    shell:
        'python "$REPLITE"/workflow/scripts/choose.py {params.of_cells} --benchmark {input.benchmark:q}'
        " --settings {params.settings:q} {params.candidates} {input.candidates:q} --output {output:q} 2>&1 | tee -i {log:q}"


rule recommend:
    """Print what to run on which device; run by name only, for a run ends with it."""
    input:
        recommendation=rules.choose.output,
        code=code("recommend"),
    log:
        "results/logs/recommend.log",
    localrule: True
    conda:
        HOST
    shell:
        'python "$REPLITE"/workflow/scripts/recommend.py --recommendation {input.recommendation:q} 2>&1 | tee -i {log:q}'


rule figures:
    """Draw the figures."""
    input:
        benchmark=rules.merge.output.benchmark,
        records=expand(rules.measure.output.record, **ALL_CELLS),
        samples=expand(rules.measure.output.samples, **ALL_CELLS),
        seeds=expand(rules.seeds.output, **ALL_CELLS),
        cards=expand(rules.prepare_data.output.card, **ALL_CELLS),
        hygiene=expand(rules.hygiene.output, **ALL_CELLS),
        code=code("figures", ""),
    output:
        [
            report(
                f"{REPORT}/figures/{name}.{suffix}",
                caption=os.path.abspath(in_file(kind.caption)),
                category="Figures",
                labels={"what": kind.title, "format": suffix.upper()},
            )
            for name, kind in FIGURES.items()
            for suffix in FORMATS
        ],
    log:
        "results/logs/figures.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
        sustained=SUSTAINED,
        studies=STUDIES,
        folder=subpath(output[0], parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/figures.py {params.of_cells} --benchmark {input.benchmark:q}'
        " {params.sustained} {params.studies} --output {params.folder:q} 2>&1 | tee -i {log:q}"


rule report:
    """Write the report, one page that opens offline."""
    input:
        benchmark=rules.merge.output.benchmark,
        models=rules.merge.output.models,
        recommendation=rules.choose.output,
        figures=rules.figures.output,
        records=expand(rules.measure.output.record, **ALL_CELLS),
        manifests=expand(rules.export.output.manifest, **ALL_CELLS),
        metrics=expand(rules.train.output.metrics, **ALL_CELLS),
        durations=expand(rules.train.output.durations, **ALL_CELLS),
        seeds=expand(rules.seeds.output, **ALL_CELLS),
        bag_of_words=BAGS_OF_WORDS,
        studies=STUDY_FILES,
        draws=rules.draws.output if DRAWS else [],
        operators=rules.operators.output if PROFILED_DEVICES else [],
        cards=expand(rules.prepare_data.output.card, **ALL_CELLS),
        hygiene=expand(rules.hygiene.output, **ALL_CELLS),
        code=code("report", ""),
        decided=decided("report", lambda wildcards: [CELLS, SETTINGS, CONFIG.without_teacher(), NOT_TRAINED]),
        template=own(
            sorted(
                [
                    *SOURCE.glob("replite/report/templates/*"),
                    *SOURCE.glob("replite/report/studies/*/*.j2"),
                ]
            )
        ),
    output:
        of_the_report("report.html", "Report"),
    log:
        "results/logs/report.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
        settings=in_file(SETTINGS),
        without_teacher=in_file(CONFIG.without_teacher()),
        not_trained=in_file(NOT_TRAINED),
        figures=lambda wildcards, input: os.path.dirname(input.figures[0]),
        draws="--draws" if DRAWS else "",
        operators="--operators" if PROFILED_DEVICES else "",
    shell:
        'python "$REPLITE"/workflow/scripts/report.py {params.of_cells} --benchmark {input.benchmark:q}'
        " --recommendation {input.recommendation:q} --figures {params.figures:q} --settings {params.settings:q}"
        " --without-teacher {params.without_teacher:q} --not-trained {params.not_trained:q} {params.draws} {input.draws:q}"
        " {params.operators} {input.operators:q} --output {output:q} 2>&1 | tee -i {log:q}"
