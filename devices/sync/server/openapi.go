package server

import (
	_ "embed"
	"net/http"
)

// OpenAPI describes the protocol to machines.
//
//go:embed openapi.yaml
var OpenAPI []byte

func (v *Server) openapi(w http.ResponseWriter, _ *http.Request, _ device) error {
	return writeBytes(w, "application/yaml", OpenAPI)
}
