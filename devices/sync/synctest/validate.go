package synctest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"onset/devices/sync/server"
)

// Document is the OpenAPI description, ready to be held against answers.
type Document struct {
	Tree     map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex
}

const documentURL = "mem://openapi.json"

// Load reads the description.
func Load() (*Document, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(server.OpenAPI, &tree); err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	d := &Document{Tree: tree, compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource(documentURL, parsed)
}

// Schema compiles the schema at a JSON pointer of the document.
func (d *Document) Schema(pointer string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.compiler.Compile(documentURL + "#" + pointer)
}

// resolve follows references within the document.
func (d *Document) resolve(pointer string) (string, map[string]any) {
	at := d.at(pointer)
	if ref, ok := at["$ref"].(string); ok {
		return d.resolve(strings.TrimPrefix(ref, "#"))
	}
	return pointer, at
}

func (d *Document) at(pointer string) map[string]any {
	var here any = d.Tree
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		m, _ := here.(map[string]any)
		here = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	m, _ := here.(map[string]any)
	return m
}

func escape(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

// Check holds one answer against the document.
func (d *Document) Check(method, pattern string, status int, header http.Header, body []byte) error {
	base := "/paths/" + escape(pattern) + "/" + strings.ToLower(method) + "/responses/"
	if d.at(base+strconv.Itoa(status)) != nil {
		base += strconv.Itoa(status)
	} else if status >= 400 && d.at(base+"default") != nil {
		base += "default"
	} else {
		return fmt.Errorf("the description knows no %d of %s %s", status, method, pattern)
	}
	pointer, answer := d.resolve(base)
	headers, _ := answer["headers"].(map[string]any)
	for name, h := range headers {
		if m, _ := h.(map[string]any); m["required"] == true && header.Get(name) == "" {
			return fmt.Errorf("%s %s %d: the header %s is missing", method, pattern, status, name)
		}
	}
	content, _ := answer["content"].(map[string]any)
	if content == nil {
		if len(body) > 0 && method != http.MethodHead {
			return fmt.Errorf("%s %s %d: a body that the description does not know: %s", method, pattern, status, body)
		}
		return nil
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	media, ok := content[kind].(map[string]any)
	if !ok {
		return fmt.Errorf("%s %s %d: the description knows no %q", method, pattern, status, kind)
	}
	if media["schema"] == nil || !strings.HasSuffix(kind, "json") {
		return nil
	}
	schema, err := d.Schema(pointer + "/content/" + escape(kind) + "/schema")
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		return fmt.Errorf("%s %s %d: %w: %s", method, pattern, status, err, body)
	}
	return nil
}

// Validate holds every answer of a handler against the description.
func Validate(t testing.TB, h http.Handler) http.Handler {
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &capture{ResponseWriter: w}
		h.ServeHTTP(c, r)
		_, pattern, _ := strings.Cut(r.Pattern, " ")
		if pattern == "" {
			return // no route
		}
		if err := d.Check(r.Method, pattern, c.status, w.Header(), c.body.Bytes()); err != nil {
			t.Error(err)
		}
	})
}

type capture struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (c *capture) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *capture) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if strings.HasSuffix(strings.Split(c.Header().Get("Content-Type"), ";")[0], "json") || c.body.Len() == 0 {
		c.body.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

func (c *capture) Unwrap() http.ResponseWriter { return c.ResponseWriter }

var _ io.Writer = (*capture)(nil)
