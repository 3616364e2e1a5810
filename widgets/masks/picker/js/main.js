// Streamlit calls the default export at first and again whenever data changes, with the same element.

import { Picker } from "./picker.js";

const pickers = new WeakMap();

export default function superpixelPicker({ data, parentElement, setStateValue }) {
  if (!pickers.has(parentElement)) pickers.set(parentElement, new Picker(parentElement));
  const picker = pickers.get(parentElement);
  const turn = picker.receive(data, (value) => setStateValue("outbox", value));
  return () => picker.leave(turn);
}
