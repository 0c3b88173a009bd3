package erp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoBinaryFractions: no source of the package names a floating type,
// writes such a literal or calls a function that makes one.
func TestNoBinaryFractions(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		looked++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if found := floating(n); found != "" {
				t.Errorf("%s uses %s", set.Position(n.Pos()), found)
			}
			return true
		})
	}
	if looked < 10 {
		t.Fatalf("only %d files were looked at", looked)
	}
}

// floating names what makes a node a binary fraction, "" for nothing.
func floating(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Ident:
		if strings.Contains(strings.ToLower(n.Name), "float") || strings.HasPrefix(n.Name, "complex") {
			return n.Name
		}
	case *ast.BasicLit:
		if n.Kind == token.FLOAT || n.Kind == token.IMAG {
			return n.Value
		}
	}
	return ""
}

func TestFloatingIsFound(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar a float64 = 1.5\nvar b, _ = strconv.ParseFloat(s, 64)", 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if floating(n) != "" {
			found++
		}
		return true
	})
	if found != 3 {
		t.Fatalf("found %d of 3", found)
	}
}
