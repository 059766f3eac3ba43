"""RepLite: which quantized transformer to run on which edge device, measured and proven."""
