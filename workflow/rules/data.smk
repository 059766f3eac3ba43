"""Stage 1, data.

Needs: the RepLab 2013 package or the tables that the configuration names; nothing for generated tweets.
Makes: results/data/<dataset>/{train,validation,test}.parquet, card.json and hygiene.json (lengths and repeats of the texts); for
students that learn from them, unlabelled.parquet, the texts without a label, and its card unlabelled.json.
"""


include: "inputs/data.smk"


rule generate_package:
    """Write made-up tweets in the RepLab 2013 package's layout."""
    input:
        code=code("generate_package"),
        decided=decided("generate_package", lambda wildcards: [dataset_entry(wildcards), seed_of(wildcards)]),
    output:
        directory("results/data/{dataset}/package"),
    log:
        "results/logs/generate_package/{dataset}.log",
    conda:
        HOST
    params:
        entry=lambda wildcards: in_file(dataset_entry(wildcards)),
        seed=seed_of,
    shell:
        'python "$REPLITE"/workflow/scripts/generate_package.py --entry {params.entry:q} --seed {params.seed}'
        " --output {output:q} 2>&1 | tee -i {log:q}"


rule prepare_data:
    """Read a data set, count what is kept and dropped, split it."""
    input:
        sources=read_from(lambda entry: entry.files()),
        code=code("prepare_data", ""),
        decided=decided("prepare_data", lambda wildcards: [dataset_entry(wildcards, *UNLABELLED), seed_of(wildcards)]),
    output:
        train="results/data/{dataset}/train.parquet",
        validation="results/data/{dataset}/validation.parquet",
        test="results/data/{dataset}/test.parquet",
        card="results/data/{dataset}/card.json",
    log:
        "results/logs/prepare_data/{dataset}.log",
    conda:
        HOST
    params:
        entry=lambda wildcards: in_file(data_entry(wildcards, *UNLABELLED)),
        seed=seed_of,
        folder=subpath(output.card, parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/prepare_data.py --name {wildcards.dataset} --entry {params.entry:q}'
        " --seed {params.seed} --output {params.folder:q} 2>&1 | tee -i {log:q}"


rule prepare_unlabelled:
    """Read a data set's texts without a label."""
    input:
        sources=read_from(lambda entry: entry.unlabelled_files()),
        train=rules.prepare_data.output.train,
        validation=rules.prepare_data.output.validation,
        test=rules.prepare_data.output.test,
        code=code("prepare_unlabelled"),
        decided=decided("prepare_unlabelled", dataset_entry),
    output:
        tweets="results/data/{dataset}/unlabelled.parquet",
        card="results/data/{dataset}/unlabelled.json",
    log:
        "results/logs/prepare_unlabelled/{dataset}.log",
    conda:
        HOST
    params:
        entry=lambda wildcards: in_file(data_entry(wildcards)),
        folder=subpath(output.card, parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/prepare_unlabelled.py --name {wildcards.dataset} --entry {params.entry:q}'
        " --data {params.folder:q} 2>&1 | tee -i {log:q}"


rule hygiene:
    """Count repeats and measure lengths in the prepared texts."""
    input:
        train=rules.prepare_data.output.train,
        validation=rules.prepare_data.output.validation,
        test=rules.prepare_data.output.test,
        code=code("hygiene"),
    output:
        "results/data/{dataset}/hygiene.json",
    log:
        "results/logs/hygiene/{dataset}.log",
    localrule: True
    conda:
        HOST
    params:
        folder=subpath(output[0], parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/hygiene.py --name {wildcards.dataset} --data {params.folder:q} --output {output:q}'
        " 2>&1 | tee -i {log:q}"
