package jobpacsim

import (
	"fmt"
	"math/rand/v2"
)

// companyCode is one cost code of a company's list, with the cost types it has.
type companyCode struct {
	section, code, name string
	unit                string
	types               []string
}

// The list has at most so many sections (the last number is left free) of so
// many codes (the last hundred numbers are left free).
const (
	maxSections   = 98
	maxSectionLen = 890
)

func costTypes() []string { return []string{"L", "M", "S", "P", "E", "O"} }

func sectionNames() []string {
	return []string{
		"Preliminaries", "Demolition", "Excavation", "Piling", "Concrete", "Reinforcement", "Formwork", "Structural steel", "Brickwork",
		"Roofing", "Windows", "Doors", "Carpentry", "Joinery", "Plasterboard", "Ceilings", "Tiling", "Painting", "Floor finishes", "Hydraulics",
		"Electrical", "Mechanical", "Fire services", "Lifts", "Landscaping", "Roads and paving", "Fencing", "Commissioning",
	}
}

func workNames() []string {
	return []string{"supply", "install", "hire", "testing", "waste", "access", "sundries", "supervision", "freight", "making good"}
}

// companyCodes makes a list long enough for so many cost centres.
func companyCodes(centres int, chance *rand.Rand) ([]companyCode, error) {
	length := centres/150 + 10 // of a section: longer lists have more of both
	var codes []companyCode
	for made := 0; made < centres; {
		section, number := len(codes)/length+1, len(codes)%length+1
		if section > maxSections || length > maxSectionLen {
			return nil, fmt.Errorf("%d cost centres on one job do not fit %d sections of %d codes", centres, maxSections, maxSectionLen)
		}
		if length <= 89 {
			number *= 10
		}
		c := newCompanyCode(section, number, chance)
		codes = append(codes, c)
		made += len(c.types)
	}
	return codes, nil
}

func newCompanyCode(section, number int, chance *rand.Rand) companyCode {
	names, works, units := sectionNames(), workNames(), []string{"M2", "M3", "M", "EA", "HR", "ITEM", "T"}
	types := costTypes()
	chance.Shuffle(len(types), func(i, j int) { types[i], types[j] = types[j], types[i] })
	return companyCode{
		section: sectionCode(section),
		code:    fmt.Sprintf("%02d-%03d", section, number),
		name:    names[(section-1)%len(names)] + " " + works[chance.IntN(len(works))],
		unit:    units[chance.IntN(len(units))],
		types:   types[:1+chance.IntN(len(types)-1)],
	}
}

func sectionCode(section int) string { return fmt.Sprintf("%02d-000", section) }

func sectionName(section string) string {
	names := sectionNames()
	n := int(section[0]-'0')*10 + int(section[1]-'0')
	return names[(n-1)%len(names)]
}

// creditorCode is two letters of the name and four digits.
func creditorCode(i int) string {
	word := creditorWords()[i%len(creditorWords())]
	return fmt.Sprintf("%s%04d", word[1], i/len(creditorWords())+1)
}

// creditorWords are beginnings of names with the letters they give a code.
func creditorWords() [][2]string {
	return [][2]string{
		{"Anchor", "AN"}, {"Banksia", "BA"}, {"Bluegum", "BL"}, {"Coolabah", "CO"}, {"Darling", "DA"}, {"Eastern", "EA"}, {"Federal", "FE"},
		{"Gibson", "GI"}, {"Harbour", "HA"}, {"Hunter", "HU"}, {"Ironbark", "IR"}, {"Jacaranda", "JA"}, {"Kestrel", "KE"}, {"Lachlan", "LA"},
		{"Macquarie", "MA"}, {"Nepean", "NE"}, {"Orana", "OR"}, {"Pacific", "PA"}, {"Riverina", "RI"}, {"Southern", "SO"}, {"Tasman", "TA"},
		{"Unley", "UN"}, {"Victory", "VI"}, {"Wattle", "WA"}, {"Yarra", "YA"},
	}
}

func creditorTrades() []string {
	return []string{
		"Concrete", "Bricklaying", "Carpentry", "Earthmoving", "Electrical", "Formwork", "Glazing", "Hire", "Joinery", "Landscaping",
		"Mechanical", "Painting", "Plumbing", "Roofing", "Scaffolding", "Steel", "Tiling", "Transport", "Waste", "Welding",
	}
}
