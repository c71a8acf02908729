___INFO___

{
  "type": "TAG",
  "id": "usher",
  "version": 1,
  "securityGroups": [],
  "displayName": "Usher chat",
  "description": "Puts the chat of a self-hosted Usher on the page.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "origin",
    "displayName": "Chat origin, such as https://chat.example.com",
    "simpleValueType": true,
    "valueValidators": [
      { "type": "NON_EMPTY" },
      { "type": "REGEX", "args": ["https://[^/]+"] }
    ]
  },
  {
    "type": "TEXT",
    "name": "workspace",
    "displayName": "Name of the workspace",
    "simpleValueType": true,
    "valueValidators": [
      { "type": "NON_EMPTY" },
      { "type": "REGEX", "args": ["[a-z0-9-]{1,60}"] }
    ]
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const injectScript = require('injectScript');
const source = data.origin + '/w/' + data.workspace + '.js';
injectScript(source, data.gtmOnSuccess, data.gtmOnFailure, source);


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": { "publicId": "inject_script", "versionId": "1" },
      "param": [
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [{ "type": 1, "string": "https://*/w/*" }]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  }
]


___TESTS___

scenarios: []


___NOTES___

Consent Mode is read by the chat itself.
