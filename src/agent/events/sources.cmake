set(B3IQ_EVENTS_SOURCES events/event_board.cc events/event_hub.cc events/event_routes.cc)
set(B3IQ_EVENTS_TESTS events/event_board_test.cc events/event_hub_test.cc)
