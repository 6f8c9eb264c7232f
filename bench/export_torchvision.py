"""Writes a torchvision network as ONNX, as torch exports it: python3 bench/export_torchvision.py mobilenet_v2 mobilenet_v2.onnx [side]"""

import sys

import torch
import torchvision

name, path = sys.argv[1:3]
side = int(sys.argv[3]) if len(sys.argv) > 3 else 224
torch.manual_seed(0)
network = getattr(torchvision.models, name)(weights=None).eval()
torch.onnx.export(network, torch.zeros(1, 3, side, side), path, opset_version=13, input_names=["image"], output_names=["logits"])
