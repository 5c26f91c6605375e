"""AI-hub Oost-Nederland: projects and members of a CRM in Dataverse, events of a ticket shop."""
