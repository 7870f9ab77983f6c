set(B3IQ_CATALOGUE_SOURCES catalogue/model_catalogue.cc)
set(B3IQ_CATALOGUE_TESTS catalogue/model_catalogue_test.cc)
