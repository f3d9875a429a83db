"""compare"""
from explorer.ui import layout
layout.title("compare", "sentence")
