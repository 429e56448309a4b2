// Starts Swagger UI on the page of the API. Its own start file is not used: it names another site.
"use strict";

const place = document.getElementById("api");
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.url,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // or it would send the address of the document to swagger.io
});
