// Package client is the reference device: it pairs with a sync server, pulls and
// proves models, and sends sessions, with its whole state in one folder that
// survives being killed at any moment. A folder holds
//
//	device.json          where the server is, who this device is
//	device.key.pem, device.crt.pem
//	participant          the secret that withdraws what was sent
//	tuf/                 the newest verified metadata
//	models.json          the model in use and the one before
//	models/SHA256/       the models
//	tickets.json         tickets not yet used
//	sends/               sessions on their way
//	program/             the device program, built here to run models in C
//
// The last verified model stays in use whatever happens: a server that is
// unreachable, metadata that has expired, a model that fails its own test.
package client
