// Shows the OpenAPI document. A file of its own: the page allows no inline script.
const reference = document.getElementById("reference");
SwaggerUIBundle({
  url: reference.dataset.document,
  domNode: reference,
  deepLinking: true,
  validatorUrl: null, // nothing is asked of other servers
});
