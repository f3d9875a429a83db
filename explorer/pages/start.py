"""start"""
from explorer.ui import layout
layout.title("start", "sentence")
