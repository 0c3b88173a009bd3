package translate

import "strings"

// plainForms lists, a line each, an ASCII form and the Latin letters and signs
// that become it. It covers what turns up in titles typed or pasted in offices.
const plainForms = `
A ÀÁÂÃÄÅĀĂĄǍḀẠẢẤẦẨẪẬẮẰẲẴẶ
AE Æ
B ḂḄḆ
C ÇĆĈĊČḈ
D ÐĎĐḊḌḎḐḒ
E ÈÉÊËĒĔĖĘĚḔḖḘḚḜẸẺẼẾỀỂỄỆ
F Ḟ
G ĜĞĠĢǦǴḠ
H ĤĦḢḤḦḨḪ
I ÌÍÎÏĨĪĬĮİǏḬḮỈỊ
IJ Ĳ
J Ĵ
K ĶǨḰḲḴ
L ĹĻĽĿŁḶḸḺḼ
M ḾṀṂ
N ÑŃŅŇŊṄṆṈṊ
O ÒÓÔÕÖØŌŎŐǑǪǬṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ
OE Œ
P ṔṖ
R ŔŖŘṘṚṜṞ
S ŚŜŞŠȘṠṢṤṦṨ
SS ẞ
T ŢŤŦȚṪṬṮṰ
Th Þ
U ÙÚÛÜŨŪŬŮŰŲǓǕǗǙǛṲṴṶṸṺỤỦỨỪỬỮỰ
V ṼṾ
W ŴẀẂẄẆẈ
X ẊẌ
Z ŹŻŽẐẒẔ
ae æ
b ḃḅḇ
d ðďđḋḍḏḑḓ
e èéêëēĕėęěḕḗḙḛḝẹẻẽếềểễệ
f ḟ
g ĝğġģǧǵḡ
h ĥħḣḥḧḩḫẖ
i ìíîïĩīĭįıǐḭḯỉị
ij ĳ
j ĵǰ
k ķĸǩḱḳḵ
l ĺļľŀłḷḹḻḽ
m ḿṁṃ
n ñńņňŉŋṅṇṉṋ
o ºòóôõöøōŏőǒǫǭṍṏṑṓọỏốồổỗộớờởỡợ
oe œ
p ṕṗ
r ŕŗřṙṛṝṟ
s śŝşšſșṡṣṥṧṩ
ss ß
t ţťŧțṫṭṯṱẗ
th þ
v ṽṿ
w ŵẁẃẅẇẉẘ
y ýÿŷẏẙỳỵỷỹ
z źżžẑẓẕ
Y ÝŶŸẎỲỴỶỸ✓
a ªàáâãäåāăąǎḁạảấầẩẫậắằẳẵặ
c ¢çćĉċčḉ
u µùúûüũūŭůűųǔǖǘǚǜμṳṵṷṹṻụủứừửữự
x ×ẋẍ✕
- ¬‐‑‒–—―−﹣
' ´ʼ‘’‚‛′
" «»“”„‟″
... …
* ·•‧∙
/ ÷⁄∕
1 ¹
2 ²
3 ³
4 ⁴
1/2 ½
1/4 ¼
3/4 ¾
1/3 ⅓
2/3 ⅔
deg °
+/- ±
<= ≤
>= ≥
~ ≈
Ohm Ω
EUR €
GBP £
JPY ¥
(c) ©
(R) ®
(TM) ™
No. №
S. §
< ‹
> ›
| ¦
? ¿
! ¡
fi ﬁ
fl ﬂ
ff ﬀ
ffi ﬃ
ffl ﬄ
dia ⌀
0/00 ‰
-> →
<- ←
`

// plain is the ASCII form of one character, the question mark for one that has
// none.
func plain(r rune) string {
	for entry := range strings.Lines(plainForms) {
		form, characters, _ := strings.Cut(strings.TrimSpace(entry), " ")
		if strings.ContainsRune(characters, r) {
			return form
		}
	}
	return unknownSign
}
