"""A folder that any static host can serve: four pages and a lesson, with the networks running in the visitor's browser.

`networks` writes encoder and decoder as ONNX files and holds them against torch, `content` gathers what the pages show,
`site` writes the folder. The pages are the app's own components: `template/` has the host that calls them, and what it
feeds them. `vendor/` is onnxruntime-web, as its NOTICE says.
"""
