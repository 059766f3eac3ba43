# Run by Snakemake in the environment that conda made of host.yaml.
python -m pip install --no-deps --require-hashes -r "${REPLITE:-.}/envs/host.txt"
