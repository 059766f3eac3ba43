"""Where the report comes from.

Needs: the records of all stages, the report's tables, the configuration.
Makes: results/report/<name>/provenance.json: versions, commit, configuration, seeds, dates of measurement, origins and hashes.
"""

import json

from replite.config.public import public

PROVENANCE_JOB = {
    "configuration": public(CONFIG),
    "told": {name: CONFIG.told_of(name) for name in MODELS},
}


rule provenance:
    """Say where the report comes from."""
    input:
        benchmark=rules.merge.output.benchmark,
        models=rules.merge.output.models,
        draws=(rules.draws.output if DRAWS else []),
        operators=(rules.operators.output if PROFILED_DEVICES else []),
        records=expand(rules.measure.output.record, **ALL_CELLS),
        manifests=expand(rules.export.output.manifest, **ALL_CELLS),
        metrics=expand(rules.train.output.metrics, **ALL_CELLS),
        seeds=expand(rules.seeds.output, **ALL_CELLS),
        cards=expand(rules.prepare_data.output.card, **ALL_CELLS),
        code=code("provenance"),
        decided=decided("provenance", lambda wildcards: PROVENANCE_JOB),
    output:
        f"{REPORT}/provenance.json",
    log:
        "results/logs/provenance.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
        job=in_file(json.dumps(PROVENANCE_JOB)),  # the entries in their own order
    shell:
        'python "$REPLITE"/workflow/scripts/provenance.py {params.of_cells}'
        " --benchmark {input.benchmark:q} --job {params.job:q} --output {output:q} 2>&1 | tee -i {log:q}"
