// A field that takes a picture from the clipboard or a drop. Sends {name, data (base64), at} to Python.

const LIMIT = 20 * 1024 * 1024;

function read(file, component, say) {
  if (!file || !file.type.startsWith("image/")) return say("That is not a picture.");
  if (file.size > LIMIT) return say("The picture is larger than 20 MB: upload it as a file.");
  const reader = new FileReader();
  reader.onload = () => {
    say(`Got ${file.name || "a picture"}.`);
    component().setStateValue("pasted", {
      name: file.name || "pasted.png",
      data: reader.result.slice(reader.result.indexOf(",") + 1),
      at: Date.now(),
    });
  };
  reader.readAsDataURL(file);
}

export default function (component) {
  const field = component.parentElement.querySelector(".paste");
  field.component = component;
  if (field.dataset.ready) return;
  const said = field.querySelector("output");
  const say = (text) => { said.textContent = text; };
  const latest = () => field.component;
  field.addEventListener("paste", (event) => {
    event.preventDefault();
    const item = [...event.clipboardData.items].find((one) => one.type.startsWith("image/"));
    read(item?.getAsFile(), latest, say);
  });
  field.addEventListener("dragover", (event) => event.preventDefault());
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    read(event.dataTransfer.files[0], latest, say);
  });
  field.dataset.ready = "true";
}
