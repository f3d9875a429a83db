export default function ({ parentElement }) {
  parentElement.querySelector("button").onclick = () => print()
}
