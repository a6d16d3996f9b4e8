module samenwijk

go 1.26
