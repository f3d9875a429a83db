"""beta"""
from explorer.ui import layout
layout.title("beta", "sentence")
