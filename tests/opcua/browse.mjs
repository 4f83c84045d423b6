// Browses a server, reads values and calls Hold: arguments are the folder of
// node_modules, the address, our certificate and key (PEM), user, password and a folder
// for the client's own files. JSON to stdout.
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, url, certificateFile, privateKeyFile, userName, password, pki] =
  process.argv.slice(2);
const require = createRequire(join(modules, "here.js"));
const ua = require("node-opcua-client");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");

const certificates = new OPCUACertificateManager({
  rootFolder: pki,
  automaticallyAcceptUnknownCertificate: true,
});
await certificates.initialize();
const client = ua.OPCUAClient.create({
  applicationUri: "urn:test:client",
  certificateFile,
  privateKeyFile,
  clientCertificateManager: certificates,
  securityMode: ua.MessageSecurityMode.SignAndEncrypt,
  securityPolicy: ua.SecurityPolicy.Basic256Sha256,
  endpointMustExist: false,
  connectionStrategy: { maxRetry: 1, initialDelay: 100, maxDelay: 500 },
});
await client.connect(url);
const session = await client.createSession({
  type: ua.UserTokenType.UserName,
  userName,
  password,
});
const names = async (nodeId) =>
  (await session.browse(nodeId)).references.map((each) => each.browseName.name);
const namespaces = await session.readNamespaceArray();
const own = namespaces.indexOf("urn:line-agent:opcua");
const packml = namespaces.indexOf("http://opcfoundation.org/UA/PackML/");
const at = (text) => `ns=${own};s=${text}`;
const value = async (nodeId) =>
  (await session.read({ nodeId, attributeId: ua.AttributeIds.Value })).value.value;
const method = (await session.browse(at("PackML.ExecuteState"))).references.find(
  (each) => each.browseName.name === "Hold",
);
const called = await session.call({
  objectId: at("PackML.ExecuteState"),
  methodId: method.nodeId,
  inputArguments: [],
});
const written = await session.write({
  nodeId: at("PackML.CurMachSpeed"),
  attributeId: ua.AttributeIds.Value,
  value: { value: { dataType: ua.DataType.Float, value: 1 } },
});
const answer = {
  entry: await names(`ns=${packml};i=72`),
  unit: await names(at("PackML.L1")),
  state: (await value(at("PackML.ExecuteState.CurrentState"))).text,
  number: await value(at("PackML.ExecuteState.CurrentState.Number")),
  reason: (await value(at("PackML.StopReason"))).message,
  processed: (await value(at("PackML.ProdProcessedCount"))).map((row) => [
    row.name,
    row.count,
  ]),
  scs: await names(at("OpenSCS")),
  pool: await names(at("OpenSCS.Pool.unit")),
  commissioned: await value(at("OpenSCS.Pool.unit.Commissioned")),
  called: called.statusCode.name,
  written: written.name,
};
console.log(JSON.stringify(answer));
await session.close();
await client.disconnect();
process.exit(0);
