"""Bundles, made on demand: `snakemake bundle`.

Needs: the exported files.
Makes: results/bundle/<dataset>/<model>/<variant>.zip, an archive with all that is needed to classify texts elsewhere, without
RepLite and without a network.
"""

CLASSIFY = SOURCE / "replite/bundle/classify.py"


rule bundle_model:
    """Pack an exported file with the program that runs it."""
    input:
        **rules.export.output,
        requirements=own(sorted(CHECKOUT.glob("envs/device-*.txt"))),
        license=own([CHECKOUT / "LICENSE"]),
        code=code("bundle"),
        program=own([CLASSIFY, *dependencies.used_by(CLASSIFY)]),
        readme=own([SOURCE / "replite/bundle/README.md.j2"]),
    output:
        "results/bundle/{dataset}/{model}/{variant}.zip",
    log:
        "results/logs/bundle/{dataset}/{model}/{variant}.log",
    localrule: True
    conda:
        HOST
    params:
        folder=subpath(input.manifest, parent=True),
        sources=lambda wildcards: in_file(CONFIG.sources(wildcards.dataset, wildcards.model)),
    shell:
        'python "$REPLITE"/workflow/scripts/bundle.py --model {params.folder:q} --sources {params.sources:q}'
        " --output {output:q} 2>&1 | tee -i {log:q}"


rule bundle:
    """Pack every exported file; run by name only."""
    input:
        expand(rules.bundle_model.output, dataset=DATASETS, model=MODELS, variant=VARIANTS),
    localrule: True
