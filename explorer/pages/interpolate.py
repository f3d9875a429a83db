"""interpolate"""
from explorer.ui import layout
layout.title("interpolate", "sentence")
