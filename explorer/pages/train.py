"""train"""
from explorer.ui import layout
layout.title("train", "sentence")
