package docs_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// marker stands on the line before a block and names its source:
//
//	<!-- file: path -->             the whole file
//	<!-- code: path Name Name -->   declarations, with their comments
//	<!-- example: path ExampleX --> the body of a function
var marker = regexp.MustCompile(`^<!-- (file|code|example): (\S+)((?: \w+)*) -->$`)

// fill returns a document with its marked blocks replaced by their sources, and
// what is wrong with it.
func fill(source fs.FS, text string) (string, []string) {
	var out []string
	var problems []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		language, ok := strings.CutPrefix(lines[i], "```")
		if !ok {
			continue
		}
		end := slices.Index(lines[i+1:], "```")
		if end < 0 {
			return text, append(problems, fmt.Sprintf("line %d: a block without an end", i+1))
		}
		block := lines[i+1 : i+1+end]
		m := []string(nil)
		if i > 0 {
			m = marker.FindStringSubmatch(lines[i-1])
		}
		switch {
		case m != nil:
			code, err := snippet(source, m[1], m[2], strings.Fields(m[3]))
			if err != nil {
				problems = append(problems, fmt.Sprintf("line %d: %v", i, err))
				break
			}
			block = strings.Split(strings.TrimSuffix(code, "\n"), "\n")
		case language == "go" || language == "templ":
			problems = append(problems, fmt.Sprintf("line %d: a %s block without a marker of its source", i+1, language))
		}
		out = append(append(out, block...), "```")
		i += end + 1
	}
	return strings.Join(out, "\n"), problems
}

// snippet returns the text that a marker names.
func snippet(source fs.FS, kind, path string, names []string) (string, error) {
	b, err := fs.ReadFile(source, path)
	if err != nil {
		return "", err
	}
	if kind == "file" {
		return string(b), nil
	}
	if len(names) == 0 {
		return "", errors.New("the marker names nothing in " + path)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, b, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	at := func(p token.Pos) int { return files.Position(p).Offset }
	var parts []string
	for _, name := range names {
		decl := find(file, name)
		if decl == nil {
			return "", fmt.Errorf("%s declares no %s", path, name)
		}
		if kind == "example" {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				return "", fmt.Errorf("%s in %s is no function", name, path)
			}
			parts = append(parts, dedent(string(b[at(f.Body.Lbrace)+1:at(f.Body.Rbrace)])))
			continue
		}
		parts = append(parts, string(b[at(start(decl)):at(decl.End())]))
	}
	return strings.Join(parts, "\n\n") + "\n", nil
}

// find returns the declaration of name, nil if there is none.
func find(file *ast.File, name string) ast.Decl {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == name {
				return d
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.Name == name {
						return d
					}
				case *ast.ValueSpec:
					if slices.ContainsFunc(s.Names, func(id *ast.Ident) bool { return id.Name == name }) {
						return d
					}
				}
			}
		}
	}
	return nil
}

// start returns where a declaration begins, with its comment.
func start(decl ast.Decl) token.Pos {
	doc := (*ast.CommentGroup)(nil)
	switch d := decl.(type) {
	case *ast.FuncDecl:
		doc = d.Doc
	case *ast.GenDecl:
		doc = d.Doc
	}
	if doc != nil {
		return doc.Pos()
	}
	return decl.Pos()
}

// dedent takes one tab off each line, and empty lines off both ends.
func dedent(body string) string {
	lines := strings.Split(strings.Trim(body, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n\t ")
}

func TestFill(t *testing.T) {
	source := fstest.MapFS{
		"a.txt": {Data: []byte("one\ntwo\n")},
		"a.go": {Data: []byte(`package a

import "fmt"

// F is
// documented.
func F() {}

var v = 1

func ExampleF() {
	fmt.Println()

	if v > 0 {
		F()
	}
	// Output:
}
`)},
	}
	block := func(marker, language, code string) string {
		return "text\n\n" + marker + "\n```" + language + "\n" + code + "```\n\nmore"
	}
	tests := []struct {
		name, in, want, problem string
	}{
		{"file", block("<!-- file: a.txt -->", "text", "old\n"), block("<!-- file: a.txt -->", "text", "one\ntwo\n"), ""},
		{"code", block("<!-- code: a.go F v -->", "go", ""), block("<!-- code: a.go F v -->", "go", "// F is\n// documented.\nfunc F() {}\n\nvar v = 1\n"), ""},
		{"example", block("<!-- example: a.go ExampleF -->", "go", "x\n"), block("<!-- example: a.go ExampleF -->", "go", "fmt.Println()\n\nif v > 0 {\n\tF()\n}\n// Output:\n"), ""},
		{"other language", block("", "sh", "make\n"), block("", "sh", "make\n"), ""},
		{"no marker", block("", "go", "x\n"), "", "without a marker"},
		{"no marker templ", block("", "templ", "x\n"), "", "without a marker"},
		{"no file", block("<!-- file: b.txt -->", "go", ""), "", "b.txt"},
		{"no name", block("<!-- code: a.go G -->", "go", ""), "", "declares no G"},
		{"no end", "```go\n", "", "without an end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := fill(source, tt.in)
			switch {
			case tt.problem == "" && (got != tt.want || len(problems) > 0):
				t.Errorf("fill = %q, %q; want %q", got, problems, tt.want)
			case tt.problem != "" && (len(problems) != 1 || !strings.Contains(problems[0], tt.problem)):
				t.Errorf("fill reports %q, want %q", problems, tt.problem)
			}
		})
	}
}
